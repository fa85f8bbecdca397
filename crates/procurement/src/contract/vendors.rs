use chrono::TimeDelta;
use kernel::access::Visibility;
use kernel::change::Change;
use kernel::clock::IdSource;
use kernel::email::Email;
use kernel::error::StoreError;
use kernel::id::{TeamId, VendorId};

use crate::ports::{VendorFilter, Vendors};
use crate::vendor::{
    Address, NewVendor, PaymentTerm, Vendor, VendorChange, VendorCode, VendorError, VendorName, VendorSearch,
};
use kernel::contract::{changed_at, claimed, context, created_at, done, is_replayed, read, shown, window};

/// Vendors are created, changed and listed within their team, no two have one code, and each caller sees
/// only what is theirs to see.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn vendors(store: &dyn Vendors, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite { store, ids, team, other_team };
    let green = suite.created(team, "VEN001", "Green Farms").await;
    suite.is_kept(&green).await;
    suite.bare_ones_are_kept().await;
    suite.codes_are_taken_once(&green).await;
    let closed = suite.changed_and_left_alone(&green).await;
    suite.other_teams_see_nothing(&closed).await;
    suite.seen_by_whom_it_may(&closed).await;
    suite.listed().await;
    suite.searched().await;
    suite.claims_are_answered_alike().await;
}

struct Suite<'a> {
    store: &'a dyn Vendors,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
}

#[expect(clippy::expect_used, reason = "test support: a bad value is the suite's own fault")]
fn new(code: &str, name: &str) -> NewVendor {
    NewVendor {
        code: VendorCode::try_new(code).expect("a valid code"),
        name: VendorName::try_new(name).expect("a valid name"),
        email: Email::try_new("Sales@vendor.example").ok(),
        address: Address::try_new("1 Farm Lane\nPune 411001").ok(),
        payment_term: PaymentTerm::try_new(365).expect("a valid term"),
    }
}

impl Suite<'_> {
    fn vendor(&self, code: &str, name: &str) -> Vendor {
        Vendor::create(self.ids.id(), new(code, name), created_at())
    }

    async fn created(&self, team: TeamId, code: &str, name: &str) -> Vendor {
        let vendor = self.vendor(code, name);
        let created = self.store.create(context(team, created_at()), vendor.clone()).await;
        assert_eq!(done(created, "a vendor is created"), vendor);
        vendor
    }

    async fn found(&self, team: TeamId, visibility: Visibility, id: VendorId) -> Option<Vendor> {
        read(self.store.find(team, visibility, id).await)
    }

    async fn is_kept(&self, vendor: &Vendor) {
        let found = self.found(self.team, Visibility::All, vendor.id).await;
        assert_eq!(found.as_ref(), Some(vendor), "a vendor is found as it was stored");
    }

    async fn bare_ones_are_kept(&self) {
        let new = NewVendor { email: None, address: None, ..new("-", "Blue Lake") };
        let bare = Vendor::create(self.ids.id(), new, created_at());
        let created = self.store.create(context(self.team, created_at()), bare.clone()).await;
        assert_eq!(done(created, "a vendor without e-mail and address is created"), bare);
        self.is_kept(&bare).await;
    }

    async fn codes_are_taken_once(&self, green: &Vendor) {
        let same = self.vendor("ven001", "Another");
        let refused = self.store.create(context(self.team, created_at()), same.clone()).await;
        assert!(
            matches!(refused, Err(VendorError::CodeTaken)),
            "a code is taken once, in any case: {refused:?}"
        );
        assert_eq!(self.found(self.team, Visibility::All, same.id).await, None, "a refusal leaves nothing");
        self.is_kept(green).await;
        self.created(self.team, "VEN002", "Green Farms").await;
    }

    async fn changed_and_left_alone(&self, green: &Vendor) -> Vendor {
        let closing = VendorChange {
            name: VendorName::try_new("Greener Farms").ok(),
            email: Change::Clear,
            address: Address::try_new("2 Farm Lane").map_or(Change::Keep, Change::Set),
            payment_term: PaymentTerm::try_new(0).ok(),
            is_active: Some(false),
        };
        let changed = self.store.change(context(self.team, changed_at()), green.id, closing.clone()).await;
        let changed = done(changed, "a vendor is changed");
        let expected = green.change(&closing, changed_at());
        assert_eq!(Some(&changed), expected.as_ref(), "a change is applied at the context's time");
        self.is_kept(&changed).await;

        let later = context(self.team, changed_at() + TimeDelta::days(1));
        let same = self.store.change(later, green.id, closing).await;
        assert_eq!(
            done(same, "a change to the same is no fault"),
            changed,
            "where nothing differs all stays"
        );
        self.is_kept(&changed).await;

        let nobody = context(self.team, changed_at());
        let unknown = self.store.change(nobody, self.ids.id(), VendorChange::default()).await;
        assert!(
            matches!(unknown, Err(VendorError::NotFound)),
            "what doesn't exist isn't changed: {unknown:?}"
        );
        changed
    }

    async fn other_teams_see_nothing(&self, vendor: &Vendor) {
        for visibility in [Visibility::All, Visibility::Own(vendor.id)] {
            let found = self.found(self.other_team, visibility, vendor.id).await;
            assert_eq!(found, None, "another team's vendor isn't found");
            let list =
                self.store.list(self.other_team, visibility, VendorFilter::default(), window(0, 10)).await;
            assert_eq!(shown(list, |vendor| vendor.id), (vec![], 0), "another team's aren't listed");
        }
        let opening = VendorChange { is_active: Some(true), ..VendorChange::default() };
        let foreign = self.store.change(context(self.other_team, changed_at()), vendor.id, opening).await;
        assert!(
            matches!(foreign, Err(VendorError::NotFound)),
            "another team's vendor isn't changed: {foreign:?}"
        );
        self.is_kept(vendor).await;
        self.created(self.other_team, "VEN001", "Green Farms").await;
    }

    /// The team has `-`, VEN001 (not in use) and VEN002 by now.
    async fn seen_by_whom_it_may(&self, vendor: &Vendor) {
        let everything = VendorFilter::default;
        let all = ["-", "VEN001", "VEN002"].map(String::from).to_vec();
        for (visibility, found, codes) in [
            (Visibility::All, true, all),
            (Visibility::Own(vendor.id), true, vec!["VEN001".into()]),
            (Visibility::Own(self.ids.id()), false, vec![]),
            (Visibility::Nothing, false, vec![]),
        ] {
            let seen = self.found(self.team, visibility, vendor.id).await;
            assert_eq!(seen, found.then(|| vendor.clone()), "{visibility:?} finds what it may");
            let total = codes.len() as u64;
            assert_eq!(
                self.codes(visibility, everything(), 0, 10).await,
                (codes, total),
                "{visibility:?} lists it"
            );
        }
        let active = VendorFilter { is_active: Some(true), search: None };
        let own = self.codes(Visibility::Own(vendor.id), active, 0, 10).await;
        assert_eq!(own, (vec![], 0), "a filter holds for one's own too");
    }

    /// Adds 10 and A-1, which stand before VEN001.
    async fn listed(&self) {
        self.created(self.team, "A-1", "École Ltd").await;
        self.created(self.team, "10", "GREEN_FARMS 2").await;
        let everything = VendorFilter::default;
        let whole = ["-", "10", "A-1", "VEN001", "VEN002"].map(String::from);
        let all = self.codes(Visibility::All, everything(), 0, 10).await;
        assert_eq!(all, (whole.to_vec(), 5), "the order is that of the codes' code points");
        for (offset, end) in [(0, 2), (2, 4), (4, 5), (5, 5)] {
            let part = whole.iter().take(end).skip(offset as usize).cloned().collect();
            let found = self.codes(Visibility::All, everything(), offset, 2).await;
            assert_eq!(found, (part, 5), "a window at {offset} with the whole total");
        }
        for (is_active, codes, total) in [(true, vec!["10".into(), "A-1".into()], 4), (false, vec![], 1)] {
            let filter = VendorFilter { is_active: Some(is_active), search: None };
            let found = self.codes(Visibility::All, filter, 1, 2).await;
            assert_eq!(found, (codes, total), "only those in use, or not, counted alone");
        }
    }

    async fn searched(&self) {
        for (text, is_active, expected) in [
            ("ven", None, vec!["VEN001", "VEN002"]),
            ("VEN002", None, vec!["VEN002"]),
            ("ven", Some(true), vec!["VEN002"]),
            ("gREEN", None, vec!["10", "VEN001", "VEN002"]),
            ("green farms", None, vec!["VEN002"]),
            ("é", None, vec!["A-1"]),
            ("e\u{301}cole", None, vec!["A-1"]),
            ("farms", None, vec![]),
            ("green_", None, vec!["10"]),
            ("green%", None, vec![]),
            ("VEN\\", None, vec![]),
            ("-", None, vec!["-"]),
        ] {
            #[expect(clippy::expect_used, reason = "test support: a bad search is the suite's own fault")]
            let search = VendorSearch::try_new(text).expect("a valid search");
            let filter = VendorFilter { is_active, search: Some(search) };
            let total = expected.len() as u64;
            let expected = expected.into_iter().map(String::from).collect();
            assert_eq!(
                self.codes(Visibility::All, filter, 0, 10).await,
                (expected, total),
                "{text} is searched"
            );
        }
    }

    async fn codes(
        &self,
        visibility: Visibility,
        filter: VendorFilter,
        offset: u32,
        limit: u32,
    ) -> (Vec<String>, u64) {
        let list = self.store.list(self.team, visibility, filter, window(offset, limit)).await;
        shown(list, |vendor| vendor.code.to_string())
    }

    async fn claims_are_answered_alike(&self) {
        let claim = |fingerprint| claimed(self.team, "/contract/vendors", fingerprint);
        let first = self.vendor("CLAIMED", "Claimed");
        let created = self.store.create(claim(1), first.clone()).await;
        assert_eq!(done(created, "a claimed vendor is created"), first);
        let again = self.store.create(claim(1), self.vendor("CLAIMED", "Claimed")).await;
        is_replayed(again);
        let other = self.vendor("OTHER", "Claimed otherwise");
        let reused = self.store.create(claim(2), other.clone()).await;
        assert!(
            matches!(reused, Err(VendorError::Store(StoreError::ClaimReused))),
            "a key is not used for another request: {reused:?}"
        );
        let left = self.found(self.team, Visibility::All, other.id).await;
        assert_eq!(left, None, "and that leaves nothing");
    }
}
