use kernel::manufacturing::Sku;

use super::super::{name, valid};
use crate::data_collection::{ActivityId, FieldDefinitions, NewActivity, OnViolation};
use crate::routing::{Collecting, Minutes, OperationActivities, OperationTimes, RunTimeBasis};
use crate::skill::Skill;

pub(super) fn activity(text: &str) -> NewActivity {
    NewActivity {
        name: name(text),
        description: None,
        fields: FieldDefinitions::default(),
        on_violation: OnViolation::Reject,
        is_active: true,
    }
}

pub(super) fn minutes(text: &str) -> Minutes {
    valid(Minutes::try_new(valid(text.parse())))
}

pub(in crate::contract) fn times(setup: &str, run: &str, basis: RunTimeBasis) -> OperationTimes {
    OperationTimes { setup: minutes(setup), run: minutes(run), basis }
}

pub(in crate::contract) fn skill(text: &str) -> Skill {
    valid(Skill::try_new(text))
}

pub(super) fn sku(text: &str) -> Sku {
    valid(Sku::try_new(text))
}

pub(in crate::contract) fn activities(collecting: &[Collecting<ActivityId>]) -> OperationActivities {
    let mut activities = OperationActivities::default();
    for one in collecting {
        valid(activities.add(*one));
    }
    activities
}
