use std::sync::Arc;

use kernel::access::{Actor, Identity};
use kernel::clock::{CountedIds, IdSource};
use kernel::error::{Classified, ErrorKind};
use kernel::money::Currency;
use kernel::page::{Page, Window};
use kernel::period::{Period, PeriodRequest};
use kernel::team_locale::{MockTeamLocales, TeamLocale, TeamLocales};
use kernel::write::WriteContext;
use kernel::zone::TimeZone;

use crate::ports::{MockGoodsReceipts, MockTickets, ReceiptFilter, TicketFilter};
use crate::receipt::ReceiptError;
use crate::receipt::tests::{at, id, verification};
use crate::ticket::{CommentText, TicketError, TicketStatus};
use crate::{ManageGoodsReceipts, ManageTickets, VerifyGoodsReceipt};

fn ids() -> Arc<dyn IdSource> {
    Arc::new(CountedIds::default())
}

const LOCALE: TeamLocale = TeamLocale { zone: TimeZone::UTC, currency: Currency::EUR };

fn locales() -> Arc<dyn TeamLocales> {
    let mut locales = MockTeamLocales::new();
    locales.expect_of().returning(|_| Ok(LOCALE));
    locales.expect_zone().returning(|_| Ok(LOCALE.zone));
    Arc::new(locales)
}

fn context<O>() -> WriteContext<O> {
    let actor = Actor { team: ids().id(), identity: Identity::System { part: "test" } };
    WriteContext::unclaimed(&actor, "test", at(0))
}

fn window() -> (Window, bool) {
    (Window::try_new(0, 10, 100).unwrap(), true)
}

#[test]
fn a_receipt_is_made_and_verified_under_new_ids_in_the_teams_locale() {
    let mut store = MockGoodsReceipts::new();
    store
        .expect_receive()
        .withf(|_, dispatch, made, locale| (*dispatch, *made, *locale) == (id(5), id(1), LOCALE))
        .returning(|_, _, _, _| Err(ReceiptError::NotFound("dispatch")));
    let found = verification(vec![]);
    let expected = (found.clone(), (id(1), id(2)), LOCALE);
    store
        .expect_verify()
        .withf(move |_, found, made, locale| (found.clone(), *made, *locale) == expected)
        .returning(|_, _, _, _| Err(ReceiptError::AlreadyVerified("the goods receipt GRN-2024-001".into())));
    let store = Arc::new(store);
    let managing = ManageGoodsReceipts::new(store.clone(), locales(), ids());
    let refused = pollster::block_on(managing.receive(context(), id(5))).unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::NotFound, "NOT_FOUND"));
    let verifying = VerifyGoodsReceipt::new(store, locales(), ids());
    let refused = pollster::block_on(verifying.verify(context(), found)).unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, "ALREADY_VERIFIED"));
}

#[test]
fn what_is_said_of_a_ticket_has_an_id_of_its_own() {
    let said = CommentText::try_new("Started").unwrap();
    let (comment, moved) = (said.clone(), said.clone());
    let mut store = MockTickets::new();
    store
        .expect_comment()
        .withf(move |_, ticket, said| (*ticket, said) == (id(5), &(id(1), comment.clone())))
        .returning(|_, _, _| Err(TicketError::NotFound));
    store
        .expect_advance()
        .withf(move |_, _, to, said| match to {
            TicketStatus::InProgress => *said == Some((id(2), moved.clone())),
            _ => said.is_none(),
        })
        .returning(|_, _, _, _| Err(TicketError::NotFound));
    let managing = ManageTickets::new(Arc::new(store), locales(), ids());
    let refused = [
        pollster::block_on(managing.comment(context(), id(5), said.clone())).unwrap_err(),
        pollster::block_on(managing.advance(context(), id(5), TicketStatus::InProgress, Some(said)))
            .unwrap_err(),
        pollster::block_on(managing.advance(context(), id(5), TicketStatus::Resolved, None)).unwrap_err(),
    ];
    assert_eq!(refused.map(|it| (it.kind(), it.code())), [(ErrorKind::NotFound, "NOT_FOUND"); 3]);
}

#[test]
fn lists_are_of_the_period_that_is_asked_for() {
    let october =
        || Period { from: "2024-10-01T00:00:00Z".parse().ok(), before: "2024-10-03T00:00:00Z".parse().ok() };
    let mut receipts = MockGoodsReceipts::new();
    receipts
        .expect_list()
        .withf(move |_, filter, _, counted| (filter.received, *counted) == (october(), true))
        .returning(|_, _, _, counted| Ok(Page::empty(counted)));
    let receipts = ManageGoodsReceipts::new(Arc::new(receipts), locales(), ids());
    let mut tickets = MockTickets::new();
    tickets
        .expect_list()
        .withf(move |_, filter, _, counted| (filter.created, *counted) == (october(), true))
        .returning(|_, _, _, counted| Ok(Page::empty(counted)));
    let tickets = ManageTickets::new(Arc::new(tickets), locales(), ids());
    let team = ids().id();
    for (from, to, expected) in [
        ("2024-10-01", "2024-10-02", None),
        ("2024-10-02", "2024-10-01", Some((ErrorKind::Invalid, "VALIDATION_ERROR"))),
    ] {
        let period = PeriodRequest { from: from.parse().ok(), to: to.parse().ok() };
        let receipts =
            pollster::block_on(receipts.list(team, ReceiptFilter::default(), period, window())).err();
        assert_eq!(receipts.map(|it| (it.kind(), it.code())), expected, "{from} to {to}");
        let tickets = pollster::block_on(tickets.list(team, TicketFilter::default(), period, window())).err();
        assert_eq!(tickets.map(|it| (it.kind(), it.code())), expected, "{from} to {to}");
    }
}

#[test]
fn what_the_team_has_not_is_not_found() {
    let mut receipts = MockGoodsReceipts::new();
    receipts.expect_find().returning(|_, _| Ok(None));
    let receipts = ManageGoodsReceipts::new(Arc::new(receipts), locales(), ids());
    let refused = pollster::block_on(receipts.find(ids().id(), id(4))).unwrap_err();
    assert_eq!(
        (refused.kind(), refused.to_string()),
        (ErrorKind::NotFound, "goods receipt not found".into())
    );
    let mut tickets = MockTickets::new();
    tickets.expect_find().returning(|_, _| Ok(None));
    tickets.expect_of_receipt().returning(|_, _| Ok(None));
    let tickets = ManageTickets::new(Arc::new(tickets), locales(), ids());
    for refused in [
        pollster::block_on(tickets.find(ids().id(), id(1))).unwrap_err(),
        pollster::block_on(tickets.of_receipt(ids().id(), id(4))).unwrap_err(),
    ] {
        assert_eq!((refused.kind(), refused.to_string()), (ErrorKind::NotFound, "ticket not found".into()));
    }
}
