use chrono::TimeDelta;
use kernel::change::Change;
use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::TeamId;
use kernel::write::Written;
use serde_json::{Value, json};

use super::name;
use crate::data_collection::{
    Activity, ActivityChange, ActivityError, FieldDefinition, FieldDefinitions, NewActivity, OnViolation,
};
use crate::ports::{Activities, ActivityFilter};
use kernel::contract::{changed_at, claimed, context, created_at, done, read, shown, stored_answer, window};

/// Data collection activities are created, changed and listed within their team, with fields of every type.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn activities(store: &dyn Activities, ids: &dyn IdSource, team: TeamId, other_team: TeamId) {
    let suite = Suite { store, ids, team, other_team };
    let torque = suite.created(team, "Torque").await;
    let changed = suite.changed_and_left_alone(&torque).await;
    suite.other_teams_see_nothing(&changed).await;
    suite.listed().await;
    suite.claims_are_answered_alike().await;
}

struct Suite<'a> {
    store: &'a dyn Activities,
    ids: &'a dyn IdSource,
    team: TeamId,
    other_team: TeamId,
}

#[expect(clippy::expect_used, reason = "test support: a bad field is the suite's own fault")]
fn defined(definitions: &[Value]) -> FieldDefinitions {
    let mut fields = FieldDefinitions::default();
    for definition in definitions {
        fields.add(FieldDefinition::from_json(definition).expect("a valid field")).expect("another name");
    }
    fields
}

impl Suite<'_> {
    fn activity(&self, text: &str) -> Activity {
        let fields = [
            json!({"name": "torque", "label": "Torque (Nm)", "type": "number", "required": true,
                   "validation": {"min": 40, "max": 50.25}}),
            json!({"name": "count", "type": "integer", "validation": {"min": -3}}),
            json!({"name": "serial", "type": "text", "validation": {"pattern": "[A-Z]+-\\d{3}"}}),
            json!({"name": "notes", "type": "text"}),
            json!({"name": "clean", "type": "boolean"}),
            json!({"name": "look", "type": "select", "validation": {"options": ["so \"so\"", "łódź"]}}),
            json!({"name": "expiry", "type": "date", "validation": {"max": "2030-12-31"}}),
        ];
        let new = NewActivity {
            name: name(text),
            description: Some("Measure\nand note".into()),
            fields: defined(&fields),
            on_violation: OnViolation::Record,
            is_active: true,
        };
        Activity::create(self.ids.id(), new, self.ids, created_at())
    }

    async fn created(&self, team: TeamId, text: &str) -> Activity {
        let activity = self.activity(text);
        let created = self.store.create(context(team, created_at()), activity.clone()).await;
        assert_eq!(done(created, "an activity is created"), activity);
        let found = read(self.store.find(team, activity.id).await);
        assert_eq!(found.as_ref(), Some(&activity), "an activity is found as it was stored");
        activity
    }

    async fn change(
        &self,
        activity: &Activity,
        change: ActivityChange,
    ) -> Result<Written<Activity>, ActivityError> {
        self.store.change(context(self.team, changed_at()), activity.id, change).await
    }

    async fn is_kept(&self, activity: &Activity) {
        let found = read(self.store.find(self.team, activity.id).await);
        assert_eq!(found.as_ref(), Some(activity), "an activity is found as it was stored");
    }

    async fn changed_and_left_alone(&self, torque: &Activity) -> Activity {
        let fields = [
            json!({"name": "torque", "type": "number"}),
            json!({"name": "angle", "type": "number", "validation": {"max": 90}}),
        ];
        let change = ActivityChange {
            name: Some(name("Torque and angle")),
            description: Change::Clear,
            fields: Some(defined(&fields)),
            on_violation: Some(OnViolation::Reject),
            is_active: Some(false),
        };
        let changed = done(self.change(torque, change.clone()).await, "an activity is changed");
        let id = |activity: &Activity, field: usize| activity.fields.get(field).map(|field| field.id);
        assert_eq!(id(&changed, 0), id(torque, 0), "a field that keeps its name keeps its id");
        // the field that is new has an id of its own
        let expected = torque.change(&change, self.ids, changed_at()).map(|mut expected| {
            for (field, changed) in expected.fields.iter_mut().zip(&changed.fields).skip(1) {
                field.id = changed.id;
            }
            expected
        });
        assert_eq!(Some(&changed), expected.as_ref(), "a change is applied at the context's time");
        self.is_kept(&changed).await;

        let later = context(self.team, changed_at() + TimeDelta::days(1));
        let same = self.store.change(later, torque.id, change).await;
        assert_eq!(
            done(same, "a change to the same is no fault"),
            changed,
            "where nothing differs all stays"
        );
        self.is_kept(&changed).await;

        let unknown = self.change(&self.activity("Nowhere"), ActivityChange::default()).await;
        assert!(
            matches!(unknown, Err(ActivityError::NotFound)),
            "what doesn't exist isn't changed: {unknown:?}"
        );
        changed
    }

    async fn other_teams_see_nothing(&self, activity: &Activity) {
        let found = read(self.store.find(self.other_team, activity.id).await);
        assert_eq!(found, None, "another team's activity isn't found");
        let change = ActivityChange { is_active: Some(!activity.is_active), ..Default::default() };
        let foreign = self.store.change(context(self.other_team, changed_at()), activity.id, change).await;
        assert!(
            matches!(foreign, Err(ActivityError::NotFound)),
            "another team's activity isn't changed: {foreign:?}"
        );
        self.is_kept(activity).await;
        let list = self.store.list(self.other_team, ActivityFilter::default(), window(0, 10)).await;
        assert_eq!(shown(list, |activity| activity.id), (vec![], 0), "another team's aren't listed");
        self.created(self.other_team, "Torque").await;
    }

    /// The team has Torque and angle (not in use) by now.
    async fn listed(&self) {
        let first = self.created(self.team, "weight").await;
        let second = self.created(self.team, "Weight").await;
        self.created(self.team, "Ärger").await;
        self.created(self.team, "angle").await;
        let everything = ActivityFilter::default();
        let whole = ["angle", "Torque and angle", "weight", "Weight", "Ärger"].map(String::from);
        assert!(first.id < second.id, "ids grow");
        let all = self.names(everything, 0, 10).await;
        assert_eq!(all, (whole.to_vec(), 5), "by the folded names' code points, then by id");
        for (offset, end) in [(0, 2), (2, 4), (4, 5), (5, 5)] {
            let part = whole.iter().take(end).skip(offset as usize).cloned().collect();
            let found = self.names(everything, offset, 2).await;
            assert_eq!(found, (part, 5), "a window at {offset} with the whole total");
        }
        let active = self.names(ActivityFilter { active_only: true }, 0, 2).await;
        assert_eq!(active, (vec!["angle".into(), "weight".into()], 4), "only those in use, counted alone");
    }

    async fn names(&self, filter: ActivityFilter, offset: u32, limit: u32) -> (Vec<String>, u64) {
        let list = self.store.list(self.team, filter, window(offset, limit)).await;
        shown(list, |activity| activity.name.as_str().to_owned())
    }

    async fn claims_are_answered_alike(&self) {
        let claim = |fingerprint| claimed(self.team, "/contract/activities", fingerprint);
        let first = self.activity("Claimed");
        let created = self.store.create(claim(1), first.clone()).await;
        assert_eq!(done(created, "a claimed activity is created"), first);
        let second = self.activity("Claimed");
        let again = self.store.create(claim(1), second.clone()).await;
        assert!(
            matches!(again, Ok(Written::Replayed(ref answer)) if *answer == stored_answer()),
            "a repeated request gets the kept answer: {again:?}"
        );
        let reused = self.store.create(claim(2), second.clone()).await;
        assert!(
            matches!(reused, Err(ActivityError::Store(StoreError::ClaimReused))),
            "a key is not used for another request: {reused:?}"
        );
        assert_eq!(read(self.store.find(self.team, second.id).await), None, "and neither leaves anything");
    }
}
