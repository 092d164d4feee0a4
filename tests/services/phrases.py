"""Texts with punctuation glued to their words, and what people type to find them."""

GLUED = [
    # Latin script: as people, spreadsheets and telephones write it
    ("“cannot connect” says the client", "cannot connect"),
    ("VPN drops… then nothing", "drops"),
    ("Screen flickers–always at noon", "flickers always"),
    ("Screen flickers–always at noon", "flickers"),
    ("Printer(2nd floor)jams", "2nd floor"),
    ("wifi/bluetooth:dead!!!", "bluetooth dead"),
    ("¿Dónde está la impresora?", "donde esta la impresora"),
    ("„Sitzung abgelaufen“ beim Anmelden", "Sitzung abgelaufen"),
    ("‚Bildschirm‘ bleibt schwarz", "bildschirm"),
    ("Maus & Tastatur → gehen nicht", "tastatur"),
    ("Straße 5: Drucker fällt aus", "STRASSE"),
    ("L’imprimante«réseau»ne répond plus", "reseau"),
    ("L’imprimante«réseau»ne répond plus", "imprimante"),
    ("Zażółć gęślą…jaźń", "zazolc gesla jazn"),
    ("Łódź—biuro: brak sieci", "lodz biuro"),
    ("Máy in bị kẹt giấy.", "may in bi ket giay"),
    ("İSTANBUL’da yazıcı bozuk", "istanbul"),
    ("Zoe\u0308 can\u2019t log\u2011in", "zoë log-in"),
    ("Ticket\u00a0with\u200b no\u2011break", "ticket with no-break"),
    ("\uff36\uff30\uff2e is slow", "vpn"),
    ("soft\u00adware is missing", "software"),
    ("C:\\Users\\anna\\Desktop is gone", "desktop"),
    ("srv-db01.corp.example does not answer", "srv-db01.corp.example"),
    ("srv-db01.corp.example does not answer", "db01"),
    ("srv-db01.corp.example does not answer", "srvdb01"),
    ("Mail to anna.lee@corp.example bounces", "anna.lee@corp.example"),
    ("Mail to anna.lee@corp.example bounces", "lee"),
    ("see https://wiki.corp.example/vpn-setup?x=1", "wiki.corp.example"),
    ("see https://wiki.corp.example/vpn-setup?x=1", "vpn setup"),
    # Cyrillic
    ("«Не могу войти» в почту", "не могу войти"),
    ("Принтер…не печатает!", "ПРИНТЕР печатает"),
    ("Ёлка—мигает", "елка"),
    ("Не працює «їдальня»-термінал", "термінал"),
    # Greek
    ("Ο εκτυπωτής·δεν τυπώνει", "εκτυπωτης"),
    ("«Σφάλμα»: ΚΩΔΙΚΌΣ λάθος", "κωδικός"),
    # Arabic and Hebrew
    ("الطابعة، لا تعمل؟", "الطابعة"),
    ("لا أستطيع «الدخول» إلى البريد", "الدخول"),
    ("المُستَخدِم مقفل", "المستخدم"),
    ("המדפסת—לא עובדת!", "המדפסת"),
    ("בעיה ב־VPN", "vpn"),
    # Chinese, Japanese, Korean
    ("【緊急】印刷機が壊れました。", "印刷機"),
    ("【緊急】印刷機が壊れました。", "壊れ"),
    ("ノートパソコンが起動しない（再起動済み）", "パソコン"),
    ("ﾌﾟﾘﾝﾀｰが動かない", "プリンター"),
    ("VPN接続エラー", "vpn"),
    ("VPN接続エラー", "接続エラー"),
    ("打印机无法连接！", "无法连接"),
    ("网络，很慢。", "网络"),
    ("프린터가 작동하지 않아요…", "프린터"),
    ("「비밀번호」를잊었습니다", "비밀번호"),
    # Thai and Devanagari
    ("เครื่องพิมพ์ไม่ทำงาน", "พิมพ์"),
    ("เชื่อมต่อเครือข่ายไม่ได้ฯ", "เครือข่าย"),
    ("प्रिंटर काम नहीं कर रहा है।", "प्रिंटर"),
    ("“पासवर्ड”भूल गया", "पासवर्ड"),
]

NONSENSE = [
    *("qzxvk", "wuggle fnord", "xq-77.zzz.example", "@@@", "…", "“”", "-", "gnarfle@blorp.example"),
    *("щжфывъ", "ψξζχφ", "ضظغثخ", "龘靐齉", "ฆฌฎฏฐ", "쀍쀎쀏", "झञठढण"),
]
