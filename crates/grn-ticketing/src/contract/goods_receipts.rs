use std::ops::Deref;

use kernel::clock::IdSource;
use kernel::contract::{claimed, context, done, is_replayed, read, window};
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::page::Window;
use kernel::write::Written;

use super::receiving::{
    LOCALE, Load, Model, ReceivingStores, Stage, all, amount, count, goods, is_refused, listed, minute,
    minutes, only, verification, windows,
};
use crate::ports::{ReceiptFilter, ReceiptView, VerificationOutcome, VerificationState};
use crate::receipt::{
    Disagreement, DispatchId, GoodsReceipt, ItemCount, ItemStatus, ReceiptError, ReceiptStatus, Remarks,
    Verification,
};
use crate::ticket::{Priority, TicketStatus};

/// Goods are received once and verified within their team, in whole or in parts, and what is amiss raises tickets.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn goods_receipts(
    stores: ReceivingStores<'_>,
    ids: &dyn IdSource,
    team: TeamId,
    other_team: TeamId,
) {
    let suite = Suite(Stage { stores, ids, team, other_team });
    let vegetables = suite.load(&[("Tomatoes", 100), ("Spinach", 50)]).await;
    let [basil, more_basil] = suite.loads([&[("Basil", 20)], &[("Basil", 30)]]).await;
    let first = suite.received_once(&vegetables).await;
    let basil = suite.received(minute(2), &basil).await;
    let more_basil = suite.received(minute(2), &more_basil).await;
    assert_ne!(basil.receipt.number, more_basil.receipt.number, "no number twice");
    let basil = suite.in_full(&basil).await;
    let more_basil = suite.counts_go_on(&more_basil).await;
    suite.refused(&first).await;
    let first = suite.in_parts(&first).await;
    let more_basil = suite.an_excess(&more_basil).await;
    suite.verified_before(&first, &basil).await;

    let herbs = suite.load(&[("Mint", 10), ("Dill", 5)]).await;
    let herbs = suite.received(minute(3), &herbs).await;
    let mint = only(&herbs.receipt, herbs.item(0), None);
    let (herbs, _) = suite.verified(minute(9), &herbs, mint).await;
    let sage = suite.load(&[("Sage", 7)]).await;
    suite.received(minute(4), &sage).await;
    suite.listed([&first, &basil, &more_basil, &herbs]).await;
    suite.other_teams_see_nothing(&herbs, &vegetables).await;
    suite.claims_are_answered_alike().await;
}

/// What there is once the scenario has ended, the latest first; those of one moment by their ids.
const WHOLE: [&str; 5] = ["Sage 7", "Mint 10, Dill 5", "Basil 30", "Basil 20", "Tomatoes 100, Spinach 50"];

struct Suite<'a>(Stage<'a>);

impl<'a> Deref for Suite<'a> {
    type Target = Stage<'a>;

    fn deref(&self) -> &Stage<'a> {
        &self.0
    }
}

impl Suite<'_> {
    async fn receive(
        &self,
        team: TeamId,
        dispatch: DispatchId,
    ) -> Result<Written<ReceiptView>, ReceiptError> {
        let id = self.ids.id();
        self.stores.receipts.receive(context(team, minute(9)), dispatch, id, LOCALE).await
    }

    async fn verify(
        &self,
        team: TeamId,
        verification: Verification,
    ) -> Result<Written<VerificationOutcome>, ReceiptError> {
        let ids = (self.ids.id(), self.ids.id());
        self.stores.receipts.verify(context(team, minute(9)), verification, ids, LOCALE).await
    }

    /// A verification is refused as the domain refuses it, and leaves nothing.
    async fn refuses(&self, model: &Model, verification: Verification, what: &str) {
        let Err(expected) = model.receipt.verify(&verification, None, minute(9)) else {
            panic!("the suite's own fault is allowed: {what}")
        };
        is_refused(self.verify(self.team, verification).await, &expected, what);
        self.is_kept(model).await;
    }

    async fn received_once(&self, load: &Load) -> Model {
        let model = self.received(minute(1), load).await;
        let expected = ReceiptError::AlreadyReceived {
            dispatch: load.dispatch.number.clone(),
            receipt: model.receipt.number.clone(),
        };
        let again = self.receive(self.team, load.dispatch.id).await;
        is_refused(again, &expected, "a dispatch is received once");
        let unknown = self.receive(self.team, self.ids.id()).await;
        assert!(matches!(unknown, Err(ReceiptError::NotFound(_))), "no such dispatch: {unknown:?}");
        let whole = self.list(ReceiptFilter::default(), all(), true).await;
        assert_eq!(whole, (vec![WHOLE[4].to_owned()], Some(1)), "a refusal leaves nothing");
        model
    }

    async fn in_full(&self, model: &Model) -> Model {
        let said = Verification {
            number: Some(model.receipt.number.clone()),
            dispatch: Some(model.receipt.dispatch.id),
            remarks: Remarks::try_new("All\nthere").ok(),
            ..verification(&model.receipt, vec![])
        };
        let (model, outcome) = self.verified(minute(5), model, said).await;
        assert_eq!((outcome.mismatches, outcome.ticket), (0, None), "what is as it was sent raises nothing");
        assert_eq!(model.receipt.status(), ReceiptStatus::VerifiedOk);
        model
    }

    /// What an earlier receipt of the same assignment counted is known to the later one.
    async fn counts_go_on(&self, model: &Model) -> Model {
        let mut later = model.clone();
        for item in &mut later.receipt.items {
            item.goods.received_before = amount(20);
        }
        self.is_kept(&later).await;
        let damaged = count(later.item(0), 31, ItemStatus::DamageReported);
        let damaged = verification(&later.receipt, vec![damaged]);
        self.refuses(&later, damaged, "past the assignment only as an excess").await;
        later
    }

    async fn refused(&self, model: &Model) {
        let unknown = Verification { receipt: self.ids.id(), ..verification(&model.receipt, vec![]) };
        let expected = ReceiptError::Disagrees(vec![Disagreement::UnknownReceipt]);
        is_refused(self.verify(self.team, unknown).await, &expected, "no such receipt");
        let tomatoes = count(model.item(0), 95, ItemStatus::QuantityMismatch);
        let wrong = ItemCount {
            assigned_item: Some(self.ids.id()),
            assigned: Some(amount(99).value()),
            confirmed: Some(amount(98).value()),
            discrepancy: Some(amount(5).value()),
            status: ItemStatus::ExcessReceived,
            ..tomatoes.clone()
        };
        let several = Verification {
            number: Some("GRN-2024-999".into()),
            dispatch: Some(self.ids.id()),
            ..verification(&model.receipt, vec![wrong, tomatoes])
        };
        self.refuses(model, several, "every disagreement is named").await;
    }

    async fn in_parts(&self, model: &Model) -> Model {
        let spinach =
            ItemCount { damaged: Some(amount(7)), ..count(model.item(1), 45, ItemStatus::DamageReported) };
        let first = only(&model.receipt, model.item(1), Some(spinach));
        let first = Verification { remarks: Remarks::try_new("In part").ok(), ..first };
        let (model, outcome) = self.verified(minute(6), model, first).await;
        assert_eq!(model.receipt.status(), ReceiptStatus::PartiallyVerified);
        assert_eq!((outcome.mismatches, outcome.is_joined), (1, false));
        let ticket = model.ticket();
        assert!(ticket.number.starts_with("TKT-202410-"), "numbered by the month: {}", ticket.number);
        assert_eq!((ticket.priority, ticket.stage.status()), (Priority::Urgent, TicketStatus::Open));

        let again = only(&model.receipt, model.item(1), None);
        self.refuses(&model, again, "an item is verified once").await;
        let tomatoes = count(model.item(0), 95, ItemStatus::ShortageReported);
        let rest = verification(&model.receipt, vec![tomatoes]);
        let (model, outcome) = self.verified(minute(7), &model, rest).await;
        assert_eq!((outcome.mismatches, outcome.is_joined), (1, true), "the rest joins its ticket");
        assert_eq!(model.receipt.status(), ReceiptStatus::VerifiedMismatch);
        let remarks = model.receipt.remarks.as_ref().map(Remarks::as_str);
        assert_eq!(remarks, Some("In part"), "remarks stay until there are others");
        model
    }

    async fn an_excess(&self, model: &Model) -> Model {
        let more = ItemCount { accepts_excess: true, ..count(model.item(0), 35, ItemStatus::ExcessReceived) };
        let (model, outcome) =
            self.verified(minute(8), model, verification(&model.receipt, vec![more])).await;
        assert_eq!(outcome.ticket.map(|ticket| ticket.priority), Some(Priority::Low));
        model
    }

    async fn verified_before(&self, mismatched: &Model, in_full: &Model) {
        for model in [mismatched, in_full] {
            let again = verification(&model.receipt, vec![]);
            self.refuses(model, again, "a receipt is verified once").await;
        }
    }

    async fn list(&self, filter: ReceiptFilter, window: Window, counted: bool) -> (Vec<String>, Option<u64>) {
        let page = self.stores.receipts.list(self.team, filter, window, counted).await;
        listed(page, |view| goods(&view.receipt))
    }

    async fn listed(&self, [first, basil, more_basil, herbs]: [&Model; 4]) {
        use ReceiptStatus::{PartiallyVerified, PendingVerification, VerifiedMismatch, VerifiedOk};
        let [of_sage, of_herbs, of_more_basil, of_basil, of_first] = WHOLE;
        let state = |state| ReceiptFilter { state: Some(state), ..Default::default() };
        let status = |status| state(VerificationState::Status(status));
        let vendor = |receipt: &GoodsReceipt| ReceiptFilter {
            vendor: Some(receipt.dispatch.vendor),
            ..Default::default()
        };
        let order = |receipt: &GoodsReceipt| ReceiptFilter {
            order: Some(receipt.dispatch.order),
            ..Default::default()
        };
        let received = |from, before| ReceiptFilter { received: minutes(from, before), ..Default::default() };
        let several = ReceiptFilter {
            state: Some(VerificationState::Status(VerifiedOk)),
            vendor: Some(basil.receipt.dispatch.vendor),
            order: Some(basil.receipt.dispatch.order),
            received: minutes(Some(2), Some(3)),
        };
        for (filter, expected) in [
            (ReceiptFilter::default(), WHOLE.to_vec()),
            (state(VerificationState::Open), vec![of_herbs, of_sage]),
            (status(PendingVerification), vec![of_sage]),
            (status(PartiallyVerified), vec![of_herbs]),
            (status(VerifiedOk), vec![of_basil]),
            (status(VerifiedMismatch), vec![of_more_basil, of_first]),
            (vendor(&first.receipt), vec![of_first]),
            (vendor(&more_basil.receipt), vec![of_more_basil, of_basil]),
            (ReceiptFilter { vendor: Some(self.ids.id()), ..Default::default() }, vec![]),
            (order(&herbs.receipt), vec![of_herbs]),
            (order(&basil.receipt), vec![of_more_basil, of_basil]),
            (received(Some(3), None), vec![of_sage, of_herbs]),
            (received(None, Some(2)), vec![of_first]),
            (received(Some(2), Some(3)), vec![of_more_basil, of_basil]),
            (several.clone(), vec![of_basil]),
            (ReceiptFilter { state: Some(VerificationState::Open), ..several }, vec![]),
        ] {
            let total = expected.len() as u64;
            let found = self.list(filter.clone(), all(), true).await;
            assert_eq!(
                found,
                (expected.iter().map(ToString::to_string).collect(), Some(total)),
                "{filter:?}"
            );
            let uncounted = self.list(filter.clone(), all(), false).await;
            assert_eq!(uncounted, (found.0, None), "counted only where that is wanted: {filter:?}");
        }
        let open = [of_herbs, of_sage];
        for (filter, whole) in
            [(ReceiptFilter::default(), &WHOLE[..]), (state(VerificationState::Open), &open[..])]
        {
            for ((offset, limit), expected) in windows(whole) {
                let found = self.list(filter.clone(), window(offset, limit), true).await;
                let total = whole.len() as u64;
                assert_eq!(found, (expected, Some(total)), "{limit} after the first {offset} by {filter:?}");
            }
        }
        let page = self.stores.receipts.list(self.team, ReceiptFilter::default(), all(), false).await;
        for view in read(page).items {
            let found = read(self.stores.receipts.find(self.team, view.receipt.id).await);
            assert_eq!(found, Some(view), "a list shows what is found");
        }
    }

    async fn other_teams_see_nothing(&self, model: &Model, load: &Load) {
        let (store, team) = (self.stores.receipts, self.other_team);
        assert_eq!(read(store.find(team, model.receipt.id).await), None, "another team's isn't found");
        let list = store.list(team, ReceiptFilter::default(), all(), true).await;
        let list = listed(list, |view| goods(&view.receipt));
        assert_eq!(list, (vec![], Some(0)), "another team's aren't listed");
        let foreign = self.receive(team, load.dispatch.id).await;
        assert!(matches!(foreign, Err(ReceiptError::NotFound(_))), "nor received: {foreign:?}");
        let expected = ReceiptError::Disagrees(vec![Disagreement::UnknownReceipt]);
        let foreign = self.verify(team, verification(&model.receipt, vec![])).await;
        is_refused(foreign, &expected, "nor verified");
        self.is_kept(model).await;
    }

    async fn claims_are_answered_alike(&self) {
        let store = self.stores.receipts;
        let load = self.load(&[("Thyme", 3)]).await;
        let receive = |fingerprint| {
            let context = claimed(self.team, "/contract/receive", fingerprint);
            store.receive(context, load.dispatch.id, self.ids.id(), LOCALE)
        };
        let received = done(receive(1).await, "claimed goods are received");
        is_replayed(receive(1).await);
        let reused = receive(2).await;
        assert!(matches!(reused, Err(ReceiptError::Store(StoreError::ClaimReused))), "{reused:?}");
        let model = Model { receipt: received.receipt, ticket: None };
        self.is_kept(&model).await;

        let short = count(model.item(0), 2, ItemStatus::ShortageReported);
        let verify = |fingerprint| {
            let context = claimed(self.team, "/contract/verify", fingerprint);
            let verification = verification(&model.receipt, vec![short.clone()]);
            store.verify(context, verification, (self.ids.id(), self.ids.id()), LOCALE)
        };
        let outcome = done(verify(1).await, "a claimed verification is done");
        is_replayed(verify(1).await);
        let reused = verify(2).await;
        assert!(matches!(reused, Err(ReceiptError::Store(StoreError::ClaimReused))), "{reused:?}");
        let found = read(store.find(self.team, model.receipt.id).await);
        let found = found.map(|view| (view.receipt.version, view.ticket));
        assert_eq!(found, Some((2, outcome.ticket)), "and neither leaves another");
    }
}
