use chrono::{DateTime, TimeDelta, Utc};
use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::json::Json;
use kernel::write::Written;

use crate::equipment::{
    Alarm, AlarmCode, AlarmMessage, DepartmentId, Equipment, EquipmentError, EquipmentId, EquipmentStatus,
    RaisedAlarm, Readings, Receipt, Sample, Severity, StoredSample, Tag, WorkOrderOperationId,
};
use crate::ports::{EquipmentFilter, EquipmentRegister};
use kernel::contract::{context, created_at, done, read, shown, window};
use kernel::period::Period;

/// A team, and what its equipment may refer to.
#[derive(Debug, Clone)]
pub struct Hall {
    /// Its days are those of UTC.
    pub team: TeamId,
    pub departments: [DepartmentId; 2],
    pub operation: WorkOrderOperationId,
}

/// Equipment registers itself, reports, raises and clears alarms, and is listed within its team.
///
/// # Panics
/// When the implementation does otherwise.
pub async fn equipment(register: &dyn EquipmentRegister, ids: &dyn IdSource, hall: &Hall, other: &Hall) {
    let suite = Suite { register, ids, hall, other };
    let mill = suite.registered_by_its_first_report().await;
    let mill = suite.moved_by_newer_samples_alone(mill).await;
    suite.samples_are_listed(&mill).await;
    suite.what_the_team_has_not_is_refused(&mill).await;
    suite.alarms_are_raised_and_cleared().await;
    suite.other_teams_see_nothing(&mill).await;
    suite.listed().await;
    suite.moved_by_the_later_arrival().await;
}

#[expect(clippy::expect_used, reason = "test support: a bad tag is the suite's own fault")]
fn tag(text: &str) -> Tag {
    Tag::try_new(text).expect("a valid tag")
}

#[expect(clippy::expect_used, reason = "test support: a bad alarm is the suite's own fault")]
fn alarm(code: &str, severity: Severity) -> Alarm {
    let message = format!("{code} is {}\nlook at it", severity.as_str());
    Alarm {
        code: AlarmCode::try_new(code).expect("a valid code"),
        severity,
        message: AlarmMessage::try_new(&message).expect("a valid message"),
    }
}

#[expect(clippy::expect_used, reason = "test support: bad readings are the suite's own fault")]
fn readings() -> Readings {
    let values = r#"{"temperature": 85.50, "count": 123456789012345678901234567890, "Łódź": [null, true, {"deep": "so \"so\""}],
                     "big": 1e300, "small": -0.001E+0}"#;
    let Ok(Json::Object(values)) = Json::read(values) else { unreachable!("it is an object") };
    Readings::try_new(values).expect("valid readings")
}

/// The equipment's clock so many minutes after it began.
fn minute(minutes: i64) -> DateTime<Utc> {
    created_at() + TimeDelta::minutes(minutes)
}

/// The server's clock when a sample of that minute comes in, if it comes in at once.
fn received(minutes: i64) -> DateTime<Utc> {
    minute(minutes) + TimeDelta::milliseconds(1_500)
}

type Outcome = Result<Written<Receipt>, EquipmentError>;

struct Suite<'a> {
    register: &'a dyn EquipmentRegister,
    ids: &'a dyn IdSource,
    hall: &'a Hall,
    other: &'a Hall,
}

impl Suite<'_> {
    /// An idle machine of the first department that has nothing else to say.
    fn sample(&self, minutes: i64) -> Sample {
        let [department, _] = self.hall.departments;
        Sample {
            department,
            status: EquipmentStatus::Idle,
            operation: None,
            readings: Readings::default(),
            alarms: Vec::new(),
            taken_at: minute(minutes),
        }
    }

    async fn report_as(&self, id: EquipmentId, text: &str, sample: &Sample, at: DateTime<Utc>) -> Outcome {
        self.register.report(context(self.hall.team, at), id, tag(text), sample.clone()).await
    }

    async fn reported(&self, text: &str, sample: &Sample, at: DateTime<Utc>) -> Receipt {
        done(self.report_as(self.ids.id(), text, sample, at).await, "a report is taken")
    }

    async fn is_stored(&self, equipment: &Equipment) {
        let found = read(self.register.find(self.hall.team, equipment.tag.clone()).await);
        assert_eq!(found.as_ref(), Some(equipment), "equipment is as its newest sample says");
    }

    async fn minutes(&self, text: &str, period: Period) -> Vec<i64> {
        let listed = self.register.samples(self.hall.team, tag(text), period, window(0, 100)).await;
        let since = |stored: &StoredSample| (stored.sample.taken_at - created_at()).num_minutes();
        shown(listed, since).0
    }

    async fn registered_by_its_first_report(&self) -> Equipment {
        let nothing = read(self.register.find(self.hall.team, tag("MILL")).await);
        assert_eq!(nothing, None, "equipment that never reported is not known");
        let full = Sample {
            status: EquipmentStatus::Running,
            operation: Some(self.hall.operation),
            readings: readings(),
            alarms: vec![alarm("HOT", Severity::Warning), alarm("DUSTY", Severity::Info)],
            ..self.sample(10)
        };
        let id = self.ids.id();
        let receipt = done(self.report_as(id, "MILL", &full, received(10)).await, "a first report is taken");
        let hot = alarm("HOT", Severity::Warning).message;
        let expected = Receipt {
            tag: tag("MILL"),
            status: EquipmentStatus::Running,
            received_at: received(10),
            alerts: vec![hot],
        };
        assert_eq!(receipt, expected, "and answered with an alert for each alarm from warning on");
        let mill = Equipment::register(id, tag("MILL"), &full, received(10)).after;
        self.is_stored(&mill).await;
        let listed =
            self.register.samples(self.hall.team, tag("MILL"), Period::default(), window(0, 9)).await;
        let stored = StoredSample { sample: full, received_at: received(10) };
        assert_eq!(shown(listed, Clone::clone), (vec![stored], 1), "its sample is stored as it came in");
        mill
    }

    async fn moved_by_newer_samples_alone(&self, mill: Equipment) -> Equipment {
        let [_, second] = self.hall.departments;
        let newer = Sample { department: second, status: EquipmentStatus::Down, ..self.sample(20) };
        let receipt = self.reported("MILL", &newer, received(20)).await;
        assert_eq!((receipt.status, receipt.alerts), (EquipmentStatus::Down, vec![]));
        let Some(applied) = mill.report(&newer, received(20)) else { panic!("a newer sample moves it") };
        let moved = applied.after;
        assert_eq!((moved.id, moved.status_since), (mill.id, minute(20)), "it is the same equipment");
        self.is_stored(&moved).await;

        let alarms = vec![alarm("LATE", Severity::Critical)];
        let late = Sample { alarms, status: EquipmentStatus::Maintenance, ..self.sample(15) };
        let receipt = self.reported("MILL", &late, received(25)).await;
        let expected = Receipt {
            tag: tag("MILL"),
            status: EquipmentStatus::Maintenance,
            received_at: received(25),
            alerts: vec![],
        };
        assert_eq!(receipt, expected, "a late sample is acknowledged with what it says, and raises nothing");
        self.is_stored(&moved).await;
        for again in [&late, &newer] {
            let receipt = self.reported("MILL", again, received(26)).await;
            assert_eq!((receipt.status, receipt.alerts), (again.status, vec![]));
        }
        self.is_stored(&moved).await;
        assert_eq!(self.minutes("MILL", Period::default()).await, [20, 15, 10], "a sample sent again is one");
        let newest =
            self.register.samples(self.hall.team, tag("MILL"), Period::default(), window(1, 1)).await;
        let stored = StoredSample { sample: late, received_at: received(25) };
        assert_eq!(shown(newest, Clone::clone), (vec![stored], 3), "as it came in first");
        moved
    }

    /// Samples of one moment count in the order of their arrival.
    async fn moved_by_the_later_arrival(&self) {
        let of_a_moment = |alarms: &[Severity]| Sample {
            alarms: alarms.iter().map(|severity| alarm("HOT", *severity)).collect(),
            ..self.sample(10)
        };
        let severities: [&[Severity]; 5] =
            [&[], &[Severity::Warning], &[], &[Severity::Info], &[Severity::Critical]];
        for (alarms, minutes) in severities.into_iter().zip(10..) {
            self.reported("PRESS", &of_a_moment(alarms), received(minutes)).await;
        }
        let found = read(self.register.find(self.hall.team, tag("PRESS")).await);
        let open = found.map(|press| press.alarms).unwrap_or_default();
        assert_eq!(open.iter().map(|open| open.alarm.severity).collect::<Vec<_>>(), [Severity::Critical]);
        assert_eq!(self.minutes("PRESS", Period::default()).await, [10; 4], "one was sent twice");
        let raised = self.register.alarms(self.hall.team, tag("PRESS"), window(0, 9)).await;
        let (severity, cleared) = (|it: &RaisedAlarm| it.alarm.severity, Some(minute(10)));
        let expected = [(Severity::Critical, None), (Severity::Info, cleared), (Severity::Warning, cleared)];
        assert_eq!(
            shown(raised, |it| (severity(it), it.cleared_at)),
            (expected.to_vec(), 3),
            "the latest first"
        );
    }

    async fn samples_are_listed(&self, mill: &Equipment) {
        let tag = &mill.tag;
        for (offset, expected) in [(0, vec![minute(20), minute(15)]), (2, vec![minute(10)]), (3, vec![])] {
            let listed = self
                .register
                .samples(self.hall.team, tag.clone(), Period::default(), window(offset, 2))
                .await;
            let found = shown(listed, |stored| stored.sample.taken_at);
            assert_eq!(found, (expected, 3), "the newest first, from {offset}");
        }
        for (from, before, expected) in [
            (Some(15), None, vec![20, 15]),
            (None, Some(15), vec![10]),
            (Some(11), Some(16), vec![15]),
            (Some(16), Some(20), vec![]),
            (Some(10), Some(21), vec![20, 15, 10]),
        ] {
            let period = Period { from: from.map(minute), before: before.map(minute) };
            assert_eq!(self.minutes("MILL", period).await, expected, "from {from:?} until before {before:?}");
        }
        assert_eq!(self.minutes("mill", Period::default()).await, [0; 0], "tags are compared exactly");
    }

    async fn what_the_team_has_not_is_refused(&self, mill: &Equipment) {
        let [foreign, _] = self.other.departments;
        let unknown = [
            (Some(foreign), None, (true, false)),
            (Some(self.ids.id()), None, (true, false)),
            (None, Some(self.other.operation), (false, true)),
            (None, Some(self.ids.id()), (false, true)),
            (Some(foreign), Some(self.other.operation), (true, true)),
        ];
        for (department, operation, expected) in unknown {
            // as a first report, as one that moves, and as one that comes late
            for (text, minutes) in [("NEW", 30), ("MILL", 30), ("MILL", 1)] {
                let plain = self.sample(minutes);
                let department = department.unwrap_or(plain.department);
                let sample = Sample { department, operation, ..plain };
                let refused = self.report_as(self.ids.id(), text, &sample, received(30)).await;
                let Err(EquipmentError::UnknownReferences { department, operation }) = refused else {
                    panic!("a report names what the team has: {refused:?}")
                };
                assert_eq!((department, operation), expected, "each is named");
            }
        }
        self.is_stored(mill).await;
        assert_eq!(read(self.register.find(self.hall.team, tag("NEW")).await), None);
        assert_eq!(self.minutes("MILL", Period::default()).await, [20, 15, 10], "a refusal leaves nothing");
    }

    async fn alarms_are_raised_and_cleared(&self) {
        use Severity::{Critical, Info, Warning};
        let report = async |minutes: i64, alarms: &[(&str, Severity)]| {
            let alarms = alarms.iter().map(|(code, severity)| alarm(code, *severity)).collect();
            let receipt =
                self.reported("OVEN", &Sample { alarms, ..self.sample(minutes) }, received(minutes)).await;
            receipt.alerts
        };
        let message = |code, severity| alarm(code, severity).message;
        assert_eq!(report(1, &[("B", Info)]).await, []);
        assert_eq!(report(2, &[("B", Info), ("A", Warning)]).await, [message("A", Warning)]);
        assert_eq!(report(3, &[("B", Info), ("A", Warning)]).await, [], "what is open is not raised again");
        assert_eq!(report(4, &[("A", Critical)]).await, [message("A", Critical)], "what gets worse is");
        assert_eq!(report(5, &[("A", Info)]).await, [], "what gets better is not");
        assert_eq!(report(6, &[]).await, []);
        assert_eq!(report(7, &[("B", Critical), ("A", Critical)]).await.len(), 2, "what comes again is");

        let raised = |code, severity, from, to: Option<i64>| RaisedAlarm {
            alarm: alarm(code, severity),
            raised_at: minute(from),
            cleared_at: to.map(minute),
        };
        let whole = [
            raised("A", Critical, 7, None),
            raised("B", Critical, 7, None),
            raised("A", Critical, 4, Some(6)),
            raised("A", Warning, 2, Some(4)),
            raised("B", Info, 1, Some(4)),
        ];
        for (offset, end) in [(0, 2), (2, 4), (4, 5), (5, 5)] {
            let part = whole.iter().take(end).skip(offset as usize).cloned().collect();
            let found = self.register.alarms(self.hall.team, tag("OVEN"), window(offset, 2)).await;
            assert_eq!(shown(found, Clone::clone), (part, 5), "the newest first, from {offset}");
        }
        let oven = read(self.register.find(self.hall.team, tag("OVEN")).await);
        let open = oven.map(|oven| {
            let codes = oven.alarms.iter().map(|open| open.alarm.code.as_str().to_owned());
            (codes.collect::<Vec<_>>(), oven.version)
        });
        assert_eq!(open, Some((vec!["B".into(), "A".into()], 6)), "five alarms were raised");
    }

    async fn other_teams_see_nothing(&self, mill: &Equipment) {
        let other = self.other.team;
        assert_eq!(read(self.register.find(other, mill.tag.clone()).await), None);
        let samples = self.register.samples(other, mill.tag.clone(), Period::default(), window(0, 9)).await;
        assert_eq!(shown(samples, |stored| stored.received_at), (vec![], 0));
        let alarms = self.register.alarms(other, mill.tag.clone(), window(0, 9)).await;
        assert_eq!(shown(alarms, |alarm| alarm.raised_at), (vec![], 0));
        let list = self.register.list(other, EquipmentFilter::default(), window(0, 9)).await;
        assert_eq!(shown(list, |one| one.id), (vec![], 0), "another team's equipment isn't seen");

        let [department, _] = self.other.departments;
        let own = Sample { department, ..self.sample(1) };
        let id = self.ids.id();
        let taken = self.register.report(context(other, received(1)), id, mill.tag.clone(), own).await;
        done(taken, "another team has equipment of that tag too");
        let found = read(self.register.find(other, mill.tag.clone()).await);
        assert_eq!(found.map(|own| own.id), Some(id), "which is its own");
        self.is_stored(mill).await;
    }

    /// The team has MILL (down, second department) and OVEN (idle, first department, alarms) by now.
    async fn listed(&self) {
        let [first, second] = self.hall.departments;
        let running = Sample { status: EquipmentStatus::Running, ..self.sample(1) };
        self.reported("saw", &running, received(1)).await;
        let alarms = vec![alarm("DUSTY", Severity::Info)];
        self.reported("Ärm", &Sample { alarms, department: second, ..running }, received(1)).await;
        let everything = EquipmentFilter::default();
        let whole = ["MILL", "OVEN", "saw", "Ärm"].map(String::from);
        for (offset, end) in [(0, 2), (2, 4), (4, 4)] {
            let part = whole.iter().take(end).skip(offset as usize).cloned().collect();
            let found = self.tags(everything, offset, 2).await;
            assert_eq!(found, (part, 4), "by tag in code point order, from {offset}");
        }
        let status = |status| EquipmentFilter { status: Some(status), ..everything };
        let department = |department| EquipmentFilter { department: Some(department), ..everything };
        let alarm = |alarm| EquipmentFilter { alarm: Some(alarm), ..everything };
        for (filter, expected) in [
            (status(EquipmentStatus::Running), vec!["saw", "Ärm"]),
            (status(EquipmentStatus::Maintenance), vec![]),
            (department(first), vec!["OVEN", "saw"]),
            (department(second), vec!["MILL", "Ärm"]),
            (department(self.ids.id()), vec![]),
            (alarm(true), vec!["OVEN", "Ärm"]),
            (alarm(false), vec!["MILL", "saw"]),
            (
                EquipmentFilter {
                    status: Some(EquipmentStatus::Running),
                    department: Some(second),
                    alarm: Some(true),
                },
                vec!["Ärm"],
            ),
        ] {
            let total = expected.len() as u64;
            let expected: Vec<_> = expected.into_iter().map(String::from).collect();
            assert_eq!(self.tags(filter, 0, 10).await, (expected, total), "{filter:?}");
        }
    }

    async fn tags(&self, filter: EquipmentFilter, offset: u32, limit: u32) -> (Vec<String>, u64) {
        let list = self.register.list(self.hall.team, filter, window(offset, limit)).await;
        shown(list, |one| one.tag.as_str().to_owned())
    }
}
