"""Write small and large XLSX files, as spreadsheet programs do."""

from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

_OFFICE = "http://schemas.openxmlformats.org"
_RELATED = f"{_OFFICE}/officeDocument/2006/relationships"
_MAIN = f'xmlns="{_OFFICE}/spreadsheetml/2006/main"'
_RELATIONS = (
    f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{{}}</Relationships>'.format
)
_RELATION = f'<Relationship Id="{{0}}" Type="{_RELATED}/{{1}}" Target="{{2}}"/>'.format
WORKBOOK = f"""<workbook {_MAIN} xmlns:r="{_RELATED}"><workbookPr/><sheets>
 <sheet name="Empty" sheetId="1" r:id="r1"/><sheet name="Assets" sheetId="2" r:id="r2"/>
</sheets></workbook>"""
STYLES = f"""<styleSheet {_MAIN}>
 <numFmts><numFmt numFmtId="164" formatCode="[Red]0.00&quot;days&quot;"/>
  <numFmt numFmtId="165" formatCode="[$-407]d\\.\\ mmmm\\ yyyy;@"/></numFmts>
 <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
 <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>
</styleSheet>"""
"""Cell styles: 1 and 3 are dates, 0 and 2 are not."""


def write_xlsx(
    path: Path,
    rows: Iterable[str],
    texts: Iterable[str] = (),
    workbook: str = WORKBOOK,
    first: Iterable[str] = (),
) -> None:
    """Write the XML of rows, of those in a sheet before them, and of the texts in cells."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("_rels/.rels", _RELATIONS(_RELATION(1, "officeDocument", "xl/book.xml")))
        archive.writestr("xl/book.xml", workbook)
        archive.writestr(
            "xl/_rels/book.xml.rels",
            _RELATIONS(
                _RELATION("r1", "worksheet", "sheet1.xml")
                + _RELATION("r2", "worksheet", "/xl/sheet2.xml")
                + _RELATION("r3", "sharedStrings", "texts.xml")
                + _RELATION("r4", "styles", "styles.xml")
            ),
        )
        archive.writestr("xl/styles.xml", STYLES)
        for name, outer, content in (
            ("xl/sheet1.xml", "<worksheet {}><sheetData>{{}}</sheetData></worksheet>", first),
            ("xl/sheet2.xml", "<worksheet {}><sheetData>{{}}</sheetData></worksheet>", rows),
            ("xl/texts.xml", "<sst {}>{{}}</sst>", texts),
        ):
            before, after = outer.format(_MAIN).split("{}")
            with archive.open(name, "w") as file:
                file.write(before.encode())
                file.writelines(each.encode() for each in content)
                file.write(after.encode())


def row(*cells: str) -> str:
    """Return the XML of a row with texts."""
    texts = (f'<c t="inlineStr"><is><t>{escape(each)}</t></is></c>' for each in cells)
    return f"<row>{''.join(texts)}</row>"


def text(words: str) -> str:
    """Return the XML of a text to which cells refer."""
    return f"<si><t>{escape(words)}</t></si>"
