"""Headers and words of help desks that export tickets in their own way."""

import pytest

from tests.importing.bringing import Imports

SALESFORCE = """\
"Case Number","Contact Name","Contact: Email","Subject","Status","Case Owner","Date/Time Opened",\
"Date/Time Closed"
"0026","Rose Paz","rose@x.example","Advice","Closed","Daniel Okafor","3/14/2026, 9:02 AM",\
"3/15/2026, 1:30 PM"
"0028","Sean Forbes","sean@x.example","Other","Escalated","Daniel Okafor","4/2/2026, 12:15 PM",""


"Open Cases"
"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."
"""
AUTOTASK = """\
Ticket Number,Ticket Title,Contact,Primary Resource,Status,Priority,Create Date,Complete Date
0026,Advice,rose@x.example,"Okafor, Daniel",Complete,Medium,03/14/2026 09:02 AM,03/15/2026 01:30 PM
0028,Other,sean@x.example,Daniel Okafor,Waiting Customer,Critical,04/02/2026 12:15 PM,
"""
CONNECTWISE = """\
Ticket #,Summary Description,Contact,Status,Priority,Owner,Date Entered,Closed Date
0026,Advice,rose@x.example,>Closed,Priority 3 - Medium,Daniel Okafor,3/14/2026 9:02:00 AM,3/15/2026
0028,Other,sean@x.example,New (not responded),P1 - Critical,Daniel Okafor,4/2/2026 12:15:00 PM,
"""
ZOHO = """\
Ticket Id,Subject,Contact Name,Email,Status,Priority,Ticket Owner,Created Time,Closed Time,Tag
0026,Advice,Rose Paz,rose@x.example,Closed,High,Daniel Okafor,14 Mar 2026 09:02 AM,15 Mar 2026,vip
0028,Other,Sean Forbes,sean@x.example,On Hold,-None-,Daniel Okafor,2 Apr 2026 12:15 PM,,
"""
OTRS = """\
Ticket#;Erstellt;Geschlossen;Status;Priorität;Besitzer;Betreff;Kundenbenutzer
0026;14.03.2026 09:02:00;15.03.2026;erfolgreich geschlossen;5 sehr hoch;Daniel Okafor;Advice;\
rose@x.example
0028;02.04.2026 12:15:00;;warten zur Erinnerung;1 sehr niedrig;Daniel Okafor;Other;sean@x.example
"""
ITOP = """\
"Ref";"Titre";"Demandeur->Email";"Etat";"Date de début";"Date de résolution";"Agent->Nom complet"
"0026";"Advice";"rose@x.example";"Clôturé";"2026-03-14 09:02:00";"2026-03-15 10:00:00";\
"Daniel Okafor"
"0028";"Other";"sean@x.example";"En attente";"2026-04-02 12:15:00";"";"Daniel Okafor"
"""
RT = """\
id\tSubject\tStatus\tOwner\tRequestors\tCreated\tResolved
0026\tAdvice\tresolved\tDaniel Okafor\trose@x.example\tSat Mar 14 09:02:00 2026\t2026-03-15
0028\tOther\tstalled\tDaniel Okafor\tsean@x.example\tThu Apr 02 12:15:00 2026\tNot set
"""
HUBSPOT = """\
Ticket ID,Ticket name,Ticket status,Priority,Ticket owner,Create date,Close date,Associated Contact
0026,Advice,Closed,HIGH,Daniel Okafor,2026-03-14 09:02,2026-03-15 10:00,Rose (rose@x.example)
0028,Other,Waiting on contact,,Daniel Okafor,2026-04-02 12:15,,Sean Forbes (sean@x.example)
"""
TOPDESK = """\
Meldingnummer;Korte omschrijving (Details);Aanmelder;E-mail;Behandelaar;Status;Aanmaakdatum;\
Datum gereed;Verzoek
0026;Advice;Paz, R. (Rose);rose@x.example;Daniel Okafor;Gesloten;14-03-2026 09:02;15-03-2026;text
0028;Other;Forbes, S. (Sean);sean@x.example;Daniel Okafor;In behandeling;02-04-2026 12:15;;text
"""
ROSE, SEAN, DANIEL = "rose@x.example", "sean@x.example", "Daniel Okafor"
EXPORTS = {
    "Salesforce": (SALESFORCE, "Assigned"),
    "Autotask": (AUTOTASK, "Awaiting"),
    "ConnectWise": (CONNECTWISE, "Open"),
    "Zoho": (ZOHO, "On Hold"),
    "OTRS": (OTRS, "On Hold"),
    "iTop": (ITOP, "On Hold"),
    "RT": (RT, "On Hold"),
    "HubSpot": (HUBSPOT, "Awaiting"),
    "TOPdesk": (TOPDESK, "Assigned"),
}


@pytest.mark.parametrize("vendor", EXPORTS)
def test_tickets_of_other_help_desks_are_imported_without_a_mapping(
    imports: Imports, vendor: str
) -> None:
    content, status = EXPORTS[vendor]
    assert imports.counts(content) == {"created": 2}
    assert imports.rows(
        "SELECT t.external_id, t.name, t.status, r.email, a.name, t.created_at::text,"
        " closed_at::date::text FROM tickets t JOIN people r ON r.id = requester_id"
        " JOIN people a ON a.id = assignee_id WHERE t.external_id <> '' ORDER BY t.id"
    ) == [
        ("0026", "Advice", "Closed", ROSE, DANIEL, "2026-03-14 09:02:00+00", "2026-03-15"),
        ("0028", "Other", status, SEAN, DANIEL, "2026-04-02 12:15:00+00", None),
    ]
    assert imports.counts(content) == {"unchanged": 2}


def test_remarks_below_the_rows_are_left_out_and_named_once(imports: Imports) -> None:
    [remark] = imports.bring(SALESFORCE).remarks
    assert remark.startswith("Remarks below the rows were left out: “Open Cases”, “Copyright (c)")
    rows = "\n0029,,,,,,,\n0030,Ann,ann@x.example,Slow,Open,,,\n"
    assert imports.bring(SALESFORCE.partition("\n\n\n")[0] + rows, "more.csv").remarks == []


def test_status_category_of_jira_counts_where_the_status_is_unknown(imports: Imports) -> None:
    jira = (
        "Summary,Issue key,Status,Status Category,Reporter\n"
        "a,SD-12,READY TO CODE,To Do,Priya Raman\nb,SD-13,Waiting,In Progress,Priya Raman\n"
    )
    assert imports.counts(jira) == {"created": 2}
    assert imports.rows(
        "SELECT status FROM tickets WHERE external_id LIKE 'SD-%' ORDER BY external_id"
    ) == [("Open",), ("Awaiting",)]


@pytest.mark.parametrize(
    ("status", "priority", "ours"),
    [
        ("Closed (reopened)", "P2 - High", ("Open", "High")),
        ("Stalled", "Priority 3 - Medium", ("On Hold", "Normal")),
        ("merged", "Sev 1", ("Closed", "Urgent")),
        ("Clôturé", "Prio 4", ("Closed", "Low")),
        ("Traité", "Priorität 1: hoch", ("Closed", "High")),
        ("closed unsuccessful", "Severity 2", ("Closed", "High")),
        ("Awaiting Approval", "-None-", ("Open", "Normal")),
        ("Waiting on contact", "Not Assigned", ("Awaiting", "Normal")),
        ("Waiting Customer", "", ("Awaiting", "Normal")),
    ],
)
def test_status_and_priority_in_words_of_other_help_desks_are_understood(
    imports: Imports, status: str, priority: str, ours: tuple[str, str]
) -> None:
    header = "Number,Subject,Requester,Status,Priority\n"
    imports.bring(f"{header}1,Slow,Priya Raman,{status},{priority}\n")
    assert imports.one("SELECT status, priority FROM tickets WHERE external_id = '1'") == ours


@pytest.mark.parametrize(
    ("status", "kind", "ours"),
    [
        ("Im Einsatz", "Windows Laptop", ("In Use", "Laptop")),
        ("Offline", "Linux Desktop", ("In Use", "Desktop")),
        ("In transit", "Laptop", ("Available", "Laptop")),
        ("Deprovisioned", "Laptop", ("Retired", "Laptop")),
    ],
)
def test_status_and_type_in_words_of_other_inventories_are_understood(
    imports: Imports, status: str, kind: str, ours: tuple[str, str]
) -> None:
    imports.bring(f"Asset tag,Name,Serial number,Status,Type\nX-1,X,PF4KW9Z1,{status},{kind}\n")
    assert imports.one("SELECT status, type FROM machines WHERE external_id = 'X-1'") == ours
