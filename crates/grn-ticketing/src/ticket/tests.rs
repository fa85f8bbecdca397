//! The rules of tickets, case by case, and what they say, word for word.

use kernel::access::Role;
use kernel::id::Id;
use kernel::money::Currency;
use kernel::quantity::Amount;

use kernel::text::TextFault;

use super::*;
use crate::receipt::tests::{
    at, count, dispatch, goods, id, item, of, only, receipt, remarks, verification, verify,
};
use crate::receipt::{ArrivedDispatch, GoodsReceipt, ItemCount, ItemStatus, Verified};
use ItemStatus::{DamageReported, ExcessReceived, QuantityMismatch, ShortageReported, VerifiedOk};

/// The description in the API document, of the first of its two mismatches.
const DESCRIPTION: &str = "AUTOMATED TICKET: GRN Verification Mismatch Detected

GRN Details:
- GRN Number: GRN-2024-001
- PO Number: PO-2024-001
- Vendor: vendor@example.com
- Verified At: 2024-10-08T10:30:00Z

Mismatches Identified:
1. Organic Tomatoes:
   - Assigned: 100
   - Confirmed: 100
   - Received: 95
   - Discrepancy: -5
   - Status: QUANTITY_MISMATCH
   - Remarks: 5 units missing from shipment

Action Required:
- Vendor coordination for discrepancies
- Update inventory records if needed
- Consider credit note or adjustment invoice
- Document resolution for audit trail";

/// The comment in the API document, on both of its mismatches.
const COMMENT: &str = "GRN Verification completed with the following issues:

QUANTITY_MISMATCH: 1 item(s)
  - Discrepancy: -5 units
    Remarks: 5 units missing from shipment

DAMAGE_REPORTED: 1 item(s)
  - Discrepancy: -5 units
    Remarks: Units damaged during transit

Total items with issues: 2
Requires vendor coordination and resolution.";

fn ticket(stage: Stage) -> Ticket {
    Ticket {
        id: id(1),
        number: "TKT-202410-001".into(),
        receipt: id(4),
        title: "GRN Mismatch - GRN-2024-001 (PO-2024-001)".into(),
        description: DESCRIPTION.into(),
        stage,
        priority: Priority::Medium,
        created_by: Some(id(9)),
        assignee: None,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn new() -> NewTicket {
    NewTicket { id: id(1), number: "TKT-202410-001".into(), comment: id(2) }
}

fn raised(verified: &Verified, latest: Option<&Ticket>) -> Option<Raised> {
    raise(verified, latest, &new(), Some(id(9)), at(0))
}

#[test]
fn a_ticket_moves_one_step_a_call() {
    use TicketStatus::{Closed, InProgress, Open, Resolved};
    let (resolved, closed) = (Stage::Resolved { at: at(1) }, Stage::Closed { resolved_at: at(1), at: at(2) });
    for (stage, next) in [
        (Stage::Open, Some((InProgress, Stage::InProgress))),
        (Stage::InProgress, Some((Resolved, Stage::Resolved { at: at(5) }))),
        (resolved, Some((Closed, Stage::Closed { resolved_at: at(1), at: at(5) }))),
        (closed, None),
    ] {
        for to in TicketStatus::ALL.iter().copied() {
            let moved = ticket(stage).advance(to, at(5));
            match next.filter(|(status, _)| *status == to) {
                Some((_, stage)) => {
                    let expected = Ticket { version: 2, updated_at: at(5), ..ticket(stage) };
                    assert_eq!(moved.unwrap(), expected);
                    assert_eq!(stage.status(), to);
                }
                None => {
                    let refused = moved.unwrap_err();
                    let message = format!(
                        "the ticket is {}, which can't become {}",
                        stage.status().as_str(),
                        to.as_str()
                    );
                    assert_eq!(refused.to_string(), message);
                    assert_eq!(kernel::error::Classified::code(&refused), "INVALID_TRANSITION");
                }
            }
        }
    }
    assert_eq!(
        [Open, InProgress, Resolved, Closed].map(TicketStatus::as_str),
        ["OPEN", "IN_PROGRESS", "RESOLVED", "CLOSED"]
    );
}

#[test]
fn a_stage_knows_its_times() {
    for (status, resolved_at, closed_at, stage, is_unresolved) in [
        (TicketStatus::Open, None, None, Some(Stage::Open), true),
        (TicketStatus::InProgress, None, None, Some(Stage::InProgress), true),
        (TicketStatus::Resolved, Some(at(1)), None, Some(Stage::Resolved { at: at(1) }), false),
        (
            TicketStatus::Closed,
            Some(at(1)),
            Some(at(2)),
            Some(Stage::Closed { resolved_at: at(1), at: at(2) }),
            false,
        ),
        (TicketStatus::Resolved, None, None, None, false),
        (TicketStatus::Closed, Some(at(1)), None, None, false),
        (TicketStatus::Closed, None, Some(at(2)), None, false),
    ] {
        let found = Stage::stored(status, resolved_at, closed_at);
        assert_eq!(found, stage);
        if let Some(stage) = found {
            let times = (stage.status(), stage.resolved_at(), stage.closed_at(), stage.is_unresolved());
            assert_eq!(times, (status, resolved_at, closed_at, is_unresolved));
        }
    }
}

#[test]
fn a_ticket_is_given_to_somebody_and_taken_back() {
    let free = ticket(Stage::Open);
    let given = free.assign(Some(id(7)), at(5)).unwrap();
    let expected = Ticket { assignee: Some(id(7)), version: 2, updated_at: at(5), ..free.clone() };
    assert_eq!(given, expected);
    assert_eq!((free.assign(None, at(5)), given.assign(Some(id(7)), at(6))), (None, None), "nothing changes");
    assert_eq!(given.assign(Some(id(8)), at(6)).unwrap().assignee, Some(id(8)));
    let back = Ticket { assignee: None, version: 3, updated_at: at(6), ..given.clone() };
    assert_eq!(given.assign(None, at(6)), Some(back));
}

#[test]
fn those_who_verify_receipts_may_work_on_tickets() {
    for (roles, expected) in [
        (vec![], false),
        (vec![Role::Admin], true),
        (vec![Role::Ops], true),
        (vec![Role::Vendor], false),
        (vec![Role::Accounts], false),
        (vec![Role::Operator], false),
        (vec![Role::Accounts, Role::Ops], true),
        (vec![Role::Vendor, Role::Operator], false),
    ] {
        assert_eq!(may_be_assigned(roles.clone(), true), expected, "{roles:?}");
        assert!(!may_be_assigned(roles, false), "nobody who may not log in");
    }
}

#[test]
fn a_comment_is_filled_and_within_its_length() {
    assert_eq!(CommentText::try_new(" \n"), Err(TextFault::Empty));
    assert_eq!(CommentText::try_new(" Called\r\nthem ").unwrap().as_str(), "Called\nthem");
    assert!(CommentText::try_new(&"x".repeat(10_000)).is_ok());
    let long = Err(TextFault::TooLong { max: 10_000, found: 10_001 });
    assert_eq!(CommentText::try_new(&"x".repeat(10_001)), long);
}

/// The two mismatches of the API document.
fn both() -> Vec<ItemCount> {
    vec![
        ItemCount { remarks: remarks("5 units missing from shipment"), ..count(1, 95, QuantityMismatch) },
        ItemCount { remarks: remarks("Units damaged during transit"), ..count(2, 45, DamageReported) },
    ]
}

fn description(receipt: &GoodsReceipt, counts: Vec<ItemCount>) -> String {
    let verified = verify(receipt, &verification(counts)).unwrap();
    raised(&verified, None).unwrap().ticket.description.into()
}

#[test]
fn the_first_mismatch_of_the_document_opens_its_ticket() {
    let verified = verify(&receipt(), &only(&[1], both()[..1].to_vec())).unwrap();
    let raised = raised(&verified, None).unwrap();
    assert_eq!(raised.ticket, ticket(Stage::Open));
    assert_eq!(raised.before, None);
}

#[test]
fn both_mismatches_of_the_document_are_described_and_commented_on() {
    let verified = verify(&receipt(), &verification(both())).unwrap();
    let raised = raised(&verified, None).unwrap();
    let second = "
2. Fresh Spinach:
   - Assigned: 50
   - Confirmed: 50
   - Received: 45
   - Discrepancy: -5
   - Status: DAMAGE_REPORTED
   - Remarks: Units damaged during transit
   - Damage: Crushed packaging, items unusable";
    let first = "5 units missing from shipment";
    assert_eq!(&*raised.ticket.description, DESCRIPTION.replace(first, &format!("{first}{second}")));
    assert_eq!(&*raised.ticket.title, "GRN Mismatch - GRN-2024-001 (PO-2024-001)");
    assert_eq!((raised.ticket.priority, raised.ticket.priority.as_str()), (Priority::Urgent, "URGENT"));
    let content: Box<str> = COMMENT.into();
    assert_eq!(raised.comment, Comment { id: id(2), content, by: Some(id(9)), at: at(0) });
}

#[test]
fn what_was_not_given_has_no_line() {
    let bare = vec![count(1, 95, QuantityMismatch)];
    let expected = DESCRIPTION.replace("\n   - Remarks: 5 units missing from shipment", "");
    assert_eq!(description(&receipt(), bare.clone()), expected);
    let verified = verify(&receipt(), &verification(bare)).unwrap();
    let comment = raised(&verified, None).unwrap().comment;
    let expected = "GRN Verification completed with the following issues:

QUANTITY_MISMATCH: 1 item(s)
  - Discrepancy: -5 units

Total items with issues: 1
Requires vendor coordination and resolution.";
    assert_eq!(&*comment.content, expected);
}

#[test]
fn a_vendor_without_an_e_mail_is_called_by_its_name() {
    let dispatch = ArrivedDispatch { vendor_email: None, ..dispatch() };
    let found = description(&GoodsReceipt { dispatch, ..receipt() }, both()[..1].to_vec());
    assert_eq!(found, DESCRIPTION.replace("vendor@example.com", "Green Farms"));
}

#[test]
fn a_comment_groups_mismatches_in_the_order_of_the_statuses() {
    let items = (1..=6).map(|number| item(number, goods(number, "Organic Tomatoes", 100, 100)));
    let counts = vec![
        count(1, 103, ExcessReceived),
        count(2, 90, ShortageReported),
        ItemCount { remarks: remarks("Wet"), ..count(3, 100, DamageReported) },
        count(4, 100, VerifiedOk),
        ItemCount { remarks: remarks("Again"), ..count(5, 80, ShortageReported) },
        ItemCount {
            received: Amount::try_new("99.5".parse().unwrap()).unwrap(),
            ..count(6, 99, QuantityMismatch)
        },
    ];
    let verified = verify(&of(items.collect()), &verification(counts)).unwrap();
    let comment = raised(&verified, None).unwrap().comment;
    let expected = "GRN Verification completed with the following issues:

QUANTITY_MISMATCH: 1 item(s)
  - Discrepancy: -0.5 units

DAMAGE_REPORTED: 1 item(s)
  - Discrepancy: 0 units
    Remarks: Wet

SHORTAGE_REPORTED: 2 item(s)
  - Discrepancy: -10 units
  - Discrepancy: -20 units
    Remarks: Again

EXCESS_RECEIVED: 1 item(s)
  - Discrepancy: 3 units

Total items with issues: 5
Requires vendor coordination and resolution.";
    assert_eq!(&*comment.content, expected);
}

#[test]
fn what_is_as_it_was_sent_raises_nothing() {
    let verified = verify(&receipt(), &verification(vec![])).unwrap();
    assert_eq!(raised(&verified, None), None);
    assert_eq!(raised(&verified, Some(&ticket(Stage::Open))), None);
}

/// The receipt with the ticket of what a verification found amiss, as a store keeps it.
fn kept(verified: Verified, ticket: &Ticket) -> GoodsReceipt {
    let mut receipt = verified.receipt;
    for check in receipt.items.iter_mut().filter_map(|item| item.check.as_mut()).filter(|it| it.is_mismatch())
    {
        check.ticket.get_or_insert(ticket.id);
    }
    receipt
}

/// The ticket after `first` was found of the tomatoes and then `second` of the spinach, with the ticket in between as `between`
/// has it.
fn joined(first: ItemCount, second: ItemCount, between: impl Fn(Ticket) -> Ticket) -> (Ticket, Raised) {
    let part = verify(&receipt(), &only(&[1], vec![first])).unwrap();
    let opened = between(raised(&part, None).unwrap().ticket);
    let rest = kept(part, &opened).verify(&verification(vec![second]), Some(id(3)), at(7)).unwrap();
    let other = NewTicket { id: id(50), number: "TKT-202410-002".into(), comment: id(51) };
    let raised = raise(&rest, Some(&opened), &other, Some(id(3)), at(7)).unwrap();
    (opened, raised)
}

#[test]
fn later_mismatches_join_a_ticket_that_is_not_closed() {
    let resolved = Stage::Resolved { at: at(1) };
    for stage in [Stage::Open, Stage::InProgress, resolved] {
        let at_work = |ticket| Ticket { stage, assignee: Some(id(7)), ..ticket };
        let (opened, raised) =
            joined(count(1, 95, QuantityMismatch), count(2, 49, ShortageReported), at_work);
        let expected = Ticket { version: 2, updated_at: at(7), ..opened.clone() };
        assert_eq!((raised.before, raised.ticket), (Some(opened), expected), "{stage:?}");
        let comment = &raised.comment;
        assert_eq!((comment.id, comment.by, comment.at), (id(51), Some(id(3)), at(7)));
        let said = &*comment.content;
        assert!(said.contains("SHORTAGE_REPORTED: 1 item(s)\n  - Discrepancy: -1 units"), "{said}");
        assert!(!said.contains("QUANTITY_MISMATCH"), "only what was found now: {said}");
    }
}

#[test]
fn later_mismatches_open_another_ticket_once_theirs_is_closed() {
    let closed = Stage::Closed { resolved_at: at(1), at: at(2) };
    let (_, raised) = joined(count(1, 0, ShortageReported), count(2, 49, ShortageReported), |ticket| {
        Ticket { stage: closed, ..ticket }
    });
    assert_eq!(raised.before, None);
    let ticket = raised.ticket;
    let facts =
        (ticket.id, &*ticket.number, ticket.stage, ticket.version, ticket.created_at, ticket.created_by);
    assert_eq!(facts, (id(50), "TKT-202410-002", Stage::Open, 1, at(7), Some(id(3))));
    assert_eq!(ticket.priority, Priority::Medium, "what the closed one had counts no more");
    assert!(ticket.description.contains("1. Fresh Spinach:") && !ticket.description.contains("Tomatoes"));
}

#[test]
fn the_priority_is_that_of_all_mismatches_together_and_never_falls() {
    use Priority::{High, Low, Medium, Urgent};
    for (first, second, priorities) in [
        (count(1, 70, ShortageReported), count(2, 30, QuantityMismatch), (Medium, Medium)),
        (count(1, 70, ShortageReported), count(2, 29, QuantityMismatch), (Medium, High)),
        (count(1, 50, ShortageReported), count(2, 0, ShortageReported), (Medium, High)),
        (count(1, 49, ShortageReported), count(2, 0, ShortageReported), (High, Urgent)),
        (count(1, 100, DamageReported), count(2, 49, ShortageReported), (Urgent, Urgent)),
        (count(1, 99, ShortageReported), count(2, 50, DamageReported), (Medium, Urgent)),
        (count(1, 900, ExcessReceived), count(2, 900, ExcessReceived), (Low, Low)),
        (count(1, 900, ExcessReceived), count(2, 49, ShortageReported), (Low, Medium)),
        (count(1, 40, ShortageReported), count(2, 900, ExcessReceived), (High, High)),
    ] {
        let case = (first.clone(), second.clone());
        let (opened, raised) = joined(first, second, |ticket| ticket);
        assert_eq!((opened.priority, raised.ticket.priority), priorities, "{case:?}");
    }
    let raise_by_hand = |ticket| Ticket { priority: Urgent, ..ticket };
    let (_, raised) = joined(count(1, 99, ShortageReported), count(2, 49, ShortageReported), raise_by_hand);
    assert_eq!(raised.ticket.priority, Urgent, "what it was stays");
}

#[test]
fn tickets_are_numbered_by_the_teams_month() {
    let locale = |zone: &str| TeamLocale { zone: zone.parse().unwrap(), currency: Currency::EUR };
    let late: DateTime<Utc> = "2024-10-31T23:30:00Z".parse().unwrap();
    assert_eq!(Ticket::series(late, &locale("UTC")).number(1), "TKT-202410-001");
    assert_eq!(Ticket::series(late, &locale("Europe/Warsaw")).number(1), "TKT-202411-001");
}

#[test]
fn the_snapshot_and_the_event_say_how_far_a_ticket_has_come() {
    let closed = Stage::Closed { resolved_at: at(1), at: at(2) };
    let ticket = Ticket { assignee: Some(id(7)), ..ticket(closed) };
    let snapshot: serde_json::Value = serde_json::from_str(&ticket.snapshot()).unwrap();
    let user: Id<kernel::id::User> = id(7);
    let expected = json!({
        "ticketNumber": "TKT-202410-001", "title": "GRN Mismatch - GRN-2024-001 (PO-2024-001)", "status": "CLOSED",
        "priority": "MEDIUM", "assigneeId": user.uuid(), "resolvedAt": at(1), "closedAt": at(2),
    });
    assert_eq!(snapshot, expected);
    let expected = json!({
        "ticketId": ticket.id.uuid(), "ticketNumber": "TKT-202410-001",
        "title": "GRN Mismatch - GRN-2024-001 (PO-2024-001)", "status": "CLOSED", "priority": "MEDIUM",
        "grnId": ticket.receipt.uuid(), "assigneeId": user.uuid(),
    });
    assert_eq!(serde_json::to_value(crate::events::TicketFacts::from(&ticket)).unwrap(), expected);
}
