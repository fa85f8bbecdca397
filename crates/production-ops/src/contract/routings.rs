pub(super) mod support;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::master_data::Register;
use kernel::write::Written;

use self::support::{activities, activity, skill, sku, times};
use super::name;
use crate::data_collection::{Activity, ActivityChange, ActivityId};
use crate::department::{Department, DepartmentChange, DepartmentId};
use crate::ports::{RoutingFilter, Routings};
use crate::routing::{
    Collecting, OperationActivities, OperationContent, OperationTimes, Routing, RoutingContent, RoutingError,
    RoutingId, RoutingVersion, RunTimeBasis, Unusable, UnusableReference,
};
use kernel::contract::{
    changed_at, claimed, context, created_at, done, is_replayed, read, registered, shown, window,
};

/// The stores of routings and of what they name, over one store of data.
#[derive(Clone, Copy)]
pub struct RoutingStores<'a> {
    pub routings: &'a dyn Routings,
    pub departments: &'a dyn Register<Department>,
    /// Data collection activities.
    pub activities: &'a dyn Register<Activity>,
}

/// Routings are created, revised into further versions and listed within their team; what they name is the team's and
/// in use.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn routings(stores: RoutingStores<'_>, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite::new(stores, ids, team, other_team).await;
    let widget = suite.created("Widget Assembly v1.0").await;
    suite.names_are_taken_in_any_case(&widget).await;
    let revised = suite.revised_into_versions(&widget).await;
    suite.what_is_named_must_be_usable(&revised).await;
    let closed = suite.taken_out_of_use(&revised).await;
    suite.names_are_those_of_now(&closed).await;
    suite.other_teams_see_nothing(&closed).await;
    suite.listed().await;
    suite.claims_are_answered_alike().await;
}

struct Suite<'a> {
    stores: RoutingStores<'a>,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
    department: DepartmentId,
    activities: [ActivityId; 2],
    foreign: (DepartmentId, ActivityId),
}

impl<'a> Suite<'a> {
    async fn new(stores: RoutingStores<'a>, ids: &'a dyn IdSource, team: TeamId, other_team: TeamId) -> Self {
        let (departments, register) = (stores.departments, stores.activities);
        let activities = [
            registered(register, ids, team, activity("Torque")).await.id,
            registered(register, ids, team, activity("Weight")).await.id,
        ];
        let foreign = (
            registered(departments, ids, other_team, name("Assembly")).await.id,
            registered(register, ids, other_team, activity("Torque")).await.id,
        );
        let department = registered(departments, ids, team, name("Assembly")).await.id;
        Self { stores, ids, team, other_team, department, activities, foreign }
    }

    fn operation(&self, number: u8, text: &str, times: OperationTimes) -> OperationContent {
        OperationContent {
            number,
            name: name(text),
            department: self.department,
            times,
            instructions: None,
            required_skills: BTreeSet::new(),
            activities: OperationActivities::default(),
        }
    }

    fn content(&self, text: &str) -> RoutingContent {
        let [torque, weight] = self.activities;
        let collecting = |activity, is_required, sequence| Collecting { activity, is_required, sequence };
        let first = OperationContent {
            instructions: Some("Clamp it\nand turn".into()),
            required_skills: ["quality_check", "assembly"].map(skill).into(),
            activities: activities(&[collecting(weight, false, 3), collecting(torque, true, 7)]),
            ..self.operation(1, "Assembly Station 1", times("15", "45", RunTimeBasis::PerOrder))
        };
        let second = self.operation(20, "Packing", times("0.005", "12.508", RunTimeBasis::PerUnit));
        RoutingContent {
            name: name(text),
            description: Some("Standard widget\nassembly".into()),
            product: Some(sku("WIDGET-A-001")),
            allow_overlap: true,
            operations: vec![first, second],
        }
    }

    async fn created(&self, text: &str) -> Routing {
        let (id, content) = (self.ids.id(), self.content(text));
        let created = self.create(self.team, id, content.clone()).await;
        let made = done(created, "a routing is created");
        let facts = (made.id, made.version, made.revision, made.is_active, made.created_at, made.updated_at);
        assert_eq!(facts, (id, RoutingVersion::FIRST, 1, true, created_at(), created_at()));
        assert!(made.says(&content), "a routing says what was asked for: {made:?}");
        let own: BTreeSet<_> = made.operations.iter().map(|operation| operation.id).collect();
        assert_eq!(own.len(), content.operations.len(), "operations have ids of their own");
        let named = made.operations.first().map(|first| {
            let activities = first.activities.iter().map(|collecting| collecting.activity.name.as_str());
            (first.department.name.as_str(), activities.collect::<Vec<_>>())
        });
        assert_eq!(named, Some(("Assembly", vec!["Weight", "Torque"])), "what is named is shown by its name");
        self.is_kept(&made).await;
        made
    }

    async fn create(
        &self,
        team: TeamId,
        id: RoutingId,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError> {
        self.stores.routings.create(context(team, created_at()), id, content).await
    }

    async fn revise(
        &self,
        routing: &Routing,
        content: RoutingContent,
    ) -> Result<Written<Routing>, RoutingError> {
        self.stores.routings.revise(context(self.team, changed_at()), routing.id, content).await
    }

    async fn found(&self, id: RoutingId, version: Option<u32>) -> Option<Routing> {
        let version = version.map(|number| read(RoutingVersion::try_new(number)));
        read(self.stores.routings.find(self.team, id, version).await)
    }

    /// As the latest version and by its number.
    async fn is_kept(&self, routing: &Routing) {
        for version in [None, Some(routing.version.number())] {
            let found = self.found(routing.id, version).await;
            assert_eq!(found.as_ref(), Some(routing), "a routing is found as it was stored: {version:?}");
        }
        let next = self.found(routing.id, Some(routing.version.next().number())).await;
        assert_eq!(next, None, "there is no later version");
    }

    async fn names_are_taken_in_any_case(&self, widget: &Routing) {
        let id = self.ids.id();
        let refused = self.create(self.team, id, self.content("WIDGET assembly V1.0")).await;
        assert!(matches!(refused, Err(RoutingError::NameTaken)), "a name is taken in any case: {refused:?}");
        assert_eq!(self.found(id, None).await, None, "a refused routing leaves nothing");
        let gadget = self.created("Gadget").await;
        let refused = self.revise(&gadget, self.content("widget assembly v1.0")).await;
        assert!(
            matches!(refused, Err(RoutingError::NameTaken)),
            "a name is taken for a version too: {refused:?}"
        );
        self.is_kept(&gadget).await;
        self.is_kept(widget).await;
    }

    async fn revised_into_versions(&self, widget: &Routing) -> Routing {
        let mut content = self.content("WIDGET");
        content.description = None;
        content.product = None;
        content.allow_overlap = false;
        content.operations.truncate(1);
        let revised = done(self.revise(widget, content.clone()).await, "a routing is revised");
        let facts = (revised.id, revised.version, revised.revision, revised.created_at, revised.updated_at);
        assert_eq!(facts, (widget.id, widget.version.next(), 2, created_at(), changed_at()));
        assert!(revised.says(&content), "the next version says what was asked for: {revised:?}");
        self.is_kept(&revised).await;

        let old = self.found(widget.id, Some(1)).await;
        let expected = Routing { revision: 2, updated_at: changed_at(), ..widget.clone() };
        assert_eq!(old, Some(expected), "an older version says what it said");
        let later = context(self.team, changed_at() + TimeDelta::days(1));
        let again = RoutingContent {
            operations: self.content("WIDGET").operations.into_iter().take(1).collect(),
            ..content
        };
        let same = self.stores.routings.revise(later, widget.id, again).await;
        assert_eq!(
            done(same, "the same again is no fault"),
            revised,
            "where nothing differs all stays, operations' ids too"
        );
        self.is_kept(&revised).await;

        self.created("Widget Assembly v1.0").await;
        let nowhere = Routing { id: self.ids.id(), ..widget.clone() };
        let unknown = self.revise(&nowhere, self.content("Nowhere")).await;
        assert!(
            matches!(unknown, Err(RoutingError::NotFound)),
            "what doesn't exist isn't revised: {unknown:?}"
        );
        revised
    }

    async fn what_is_named_must_be_usable(&self, present: &Routing) {
        let closed = registered(self.stores.departments, self.ids, self.team, name("Closed")).await.id;
        let change = DepartmentChange { is_active: Some(false), name: None };
        let changed = self.stores.departments.change(context(self.team, changed_at()), closed, change).await;
        done(changed, "a department is taken out of use");
        let retired = registered(self.stores.activities, self.ids, self.team, activity("Retired")).await.id;
        let change = ActivityChange { is_active: Some(false), ..Default::default() };
        let changed = self.stores.activities.change(context(self.team, changed_at()), retired, change).await;
        done(changed, "an activity is taken out of use");

        let collecting = |activity, sequence| Collecting { activity, is_required: true, sequence };
        let times = times("0", "0", RunTimeBasis::PerOrder);
        let operation = |number, department, collecting: &[Collecting<ActivityId>]| OperationContent {
            department,
            activities: activities(collecting),
            ..self.operation(number, "Faulty", times)
        };
        let [torque, _] = self.activities;
        let faulty = RoutingContent {
            operations: vec![
                operation(1, self.ids.id(), &[collecting(torque, 1), collecting(self.ids.id(), 2)]),
                operation(2, self.department, &[collecting(retired, 1)]),
                operation(3, closed, &[]),
                operation(4, self.foreign.0, &[collecting(self.foreign.1, 1)]),
            ],
            ..self.content("Faulty")
        };
        let id = self.ids.id();
        for refused in
            [self.create(self.team, id, faulty.clone()).await, self.revise(present, faulty.clone()).await]
        {
            let Err(RoutingError::Unusable(found)) = refused else {
                panic!("what it names can't be used: {refused:?}")
            };
            let unusable = |operation, activity, why| UnusableReference { operation, activity, why };
            let expected = [
                unusable(0, None, Unusable::Unknown),
                unusable(0, Some(1), Unusable::Unknown),
                unusable(1, Some(0), Unusable::Inactive),
                unusable(2, None, Unusable::Inactive),
                unusable(3, None, Unusable::Unknown),
                unusable(3, Some(0), Unusable::Unknown),
            ];
            assert_eq!(found, expected, "every one at once");
        }
        assert_eq!(self.found(id, None).await, None, "a refused routing leaves nothing");
        self.is_kept(present).await;
    }

    async fn taken_out_of_use(&self, present: &Routing) -> Routing {
        let routings = self.stores.routings;
        let at = changed_at() + TimeDelta::hours(1);
        let closed = routings.set_active(context(self.team, at), present.id, false).await;
        let closed = done(closed, "a routing is taken out of use");
        let expected = Routing { is_active: false, revision: 3, updated_at: at, ..present.clone() };
        assert_eq!(closed, expected, "the version stays");
        self.is_kept(&closed).await;
        let again = context(self.team, at + TimeDelta::hours(1));
        let again = routings.set_active(again, present.id, false).await;
        assert_eq!(done(again, "the same again is no fault"), closed, "where nothing differs all stays");
        self.is_kept(&closed).await;
        let unknown = routings.set_active(context(self.team, at), self.ids.id(), false).await;
        assert!(
            matches!(unknown, Err(RoutingError::NotFound)),
            "what doesn't exist isn't changed: {unknown:?}"
        );
        closed
    }

    async fn names_are_those_of_now(&self, routing: &Routing) {
        let rename = |text: &str| DepartmentChange { name: Some(name(text)), is_active: None };
        for (text, expected) in [("Final assembly", "Final assembly"), ("Assembly", "Assembly")] {
            let at = context(self.team, changed_at());
            let renamed = self.stores.departments.change(at, self.department, rename(text)).await;
            done(renamed, "a department is renamed");
            let found = self.found(routing.id, None).await;
            let shown = found.as_ref().and_then(|found| found.operations.first());
            let shown = shown.map(|operation| operation.department.name.as_str());
            assert_eq!(shown, Some(expected), "an operation's department has the name of now");
        }
        self.is_kept(routing).await;
    }

    async fn other_teams_see_nothing(&self, routing: &Routing) {
        let routings = self.stores.routings;
        let at = changed_at();
        for version in [None, Some(RoutingVersion::FIRST)] {
            let found = read(routings.find(self.other_team, routing.id, version).await);
            assert_eq!(found, None, "another team's routing isn't found");
        }
        let own = RoutingContent {
            operations: vec![OperationContent {
                department: self.foreign.0,
                ..self.operation(1, "Own", times("0", "0", RunTimeBasis::PerOrder))
            }],
            ..self.content("WIDGET")
        };
        for refused in [
            routings.set_active(context(self.other_team, at), routing.id, true).await,
            routings.revise(context(self.other_team, at), routing.id, own.clone()).await,
        ] {
            assert!(
                matches!(refused, Err(RoutingError::NotFound)),
                "another team's routing isn't changed: {refused:?}"
            );
        }
        self.is_kept(routing).await;
        let list = routings.list(self.other_team, RoutingFilter::default(), window(0, 10)).await;
        assert_eq!(shown(list, |routing| routing.id), (vec![], 0), "another team's aren't listed");
        let made = self.create(self.other_team, self.ids.id(), own).await;
        done(made, "a name is free in each team");
    }

    /// The team has WIDGET (not in use, version 2, makes nothing in particular), Gadget and Widget Assembly v1.0 by now.
    async fn listed(&self) {
        let summary = |text: &str, operations: u32, seconds: i64| (text.to_owned(), operations, seconds);
        self.created("Ärger").await;
        let mut other = self.content("angle");
        other.product = Some(sku("widget-a-001"));
        done(self.create(self.team, self.ids.id(), other).await, "a routing is created");
        // 15 + 45 + 0.005 + 12.508 minutes are 4350.78 seconds
        let whole = [
            summary("angle", 2, 4_351),
            summary("Gadget", 2, 4_351),
            summary("WIDGET", 1, 3_600),
            summary("Widget Assembly v1.0", 2, 4_351),
            summary("Ärger", 2, 4_351),
        ];
        let everything = RoutingFilter::default();
        assert_eq!(self.summaries(&everything, 0, 10).await, (whole.to_vec(), 5), "by name key, with sums");
        for (offset, end) in [(0, 2), (2, 4), (4, 5), (5, 5)] {
            let part = whole.iter().take(end).skip(offset as usize).cloned().collect();
            let found = self.summaries(&everything, offset, 2).await;
            assert_eq!(found, (part, 5), "a window at {offset} with the whole total");
        }
        let active = RoutingFilter { active_only: true, product: None };
        let found = self.summaries(&active, 1, 2).await;
        let expected = vec![summary("Gadget", 2, 4_351), summary("Widget Assembly v1.0", 2, 4_351)];
        assert_eq!(found, (expected, 4), "only those in use, counted alone");
        for (product, active_only, expected) in [
            ("WIDGET-A-001", false, vec!["Gadget", "Widget Assembly v1.0", "Ärger"]),
            ("widget-a-001", true, vec!["angle"]),
            ("WIDGET-A-002", false, vec![]),
        ] {
            let filter = RoutingFilter { active_only, product: Some(sku(product)) };
            let list = self.stores.routings.list(self.team, filter, window(0, 10)).await;
            let total = expected.len() as u64;
            let expected: Vec<_> = expected.into_iter().map(String::from).collect();
            assert_eq!(
                shown(list, |routing| routing.name.as_str().to_owned()),
                (expected, total),
                "only those whose latest version makes {product}"
            );
        }
        let list = read(self.stores.routings.list(self.team, everything, window(1, 1)).await);
        for summary in list.items {
            let found = self.found(summary.id, None).await;
            assert_eq!(found.as_ref().map(Routing::summary), Some(summary), "as the routing itself says");
        }
    }

    async fn summaries(
        &self,
        filter: &RoutingFilter,
        offset: u32,
        limit: u32,
    ) -> (Vec<(String, u32, i64)>, u64) {
        let list = self.stores.routings.list(self.team, filter.clone(), window(offset, limit)).await;
        shown(list, |routing| (routing.name.as_str().to_owned(), routing.operations, routing.cycle_seconds))
    }

    async fn claims_are_answered_alike(&self) {
        let claim = |fingerprint| claimed(self.team, "/contract/routings", fingerprint);
        let routings = self.stores.routings;
        let (first, second) = (self.ids.id(), self.ids.id());
        done(routings.create(claim(1), first, self.content("Claimed")).await, "a claimed routing is created");
        let again = routings.create(claim(1), second, self.content("Claimed")).await;
        is_replayed(again);
        let reused = routings.create(claim(2), second, self.content("Claimed otherwise")).await;
        assert!(
            matches!(reused, Err(RoutingError::Store(StoreError::ClaimReused))),
            "a key is not used for another request: {reused:?}"
        );
        assert_eq!(self.found(second, None).await, None, "and neither leaves anything");
    }
}
