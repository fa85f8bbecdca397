use chrono::{DateTime, TimeDelta, Utc};
use kernel::access::UnknownWord;

use super::OperationId;
use crate::operator::OperatorId;
use crate::pause_reason::PauseReasonId;

/// A stretch of work on an operation. It is never changed after it ended, and no two of an operation overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The operation's first is 1, each later one is one more.
    pub sequence: i32,
    pub operator: OperatorId,
    /// By the server's clock.
    pub started_at: DateTime<Utc>,
    /// When and why it ended; `None` while work goes on.
    pub ended: Option<(DateTime<Utc>, EndedBy)>,
}

/// What ends a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// An operator paused the operation.
    Pause(PauseReasonId),
    /// The order was put on hold.
    Hold,
    /// Another operator took over.
    HandOver,
    /// The operation was completed.
    Complete,
    /// The order was cancelled.
    Cancel,
}

impl EndedBy {
    /// Its word in APIs and stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause(_) => "pause",
            Self::Hold => "hold",
            Self::HandOver => "hand_over",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
        }
    }

    /// Reads it as it is stored.
    ///
    /// # Errors
    /// When the word is none of them, or a pause has no reason.
    pub fn stored(word: &str, reason: Option<PauseReasonId>) -> Result<Self, UnknownWord> {
        match (word, reason) {
            ("pause", Some(reason)) => Ok(Self::Pause(reason)),
            ("hold", _) => Ok(Self::Hold),
            ("hand_over", _) => Ok(Self::HandOver),
            ("complete", _) => Ok(Self::Complete),
            ("cancel", _) => Ok(Self::Cancel),
            _ => Err(UnknownWord::new(word, ["pause", "hold", "hand_over", "complete", "cancel"])),
        }
    }

    /// The reason of a pause.
    pub const fn reason(self) -> Option<PauseReasonId> {
        if let Self::Pause(reason) = self { Some(reason) } else { None }
    }
}

/// A segment that a change began, ended or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentChange {
    pub operation: OperationId,
    pub segment: Segment,
    /// Whether it is to be added; else it is there and ends now.
    pub is_new: bool,
}

/// The time spent on an operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeSheet {
    /// Length of all segments that have ended.
    pub ended: TimeDelta,
    /// How many there are.
    pub segments: i32,
    /// The segment that goes on.
    pub open: Option<Segment>,
}

impl TimeSheet {
    /// Active time until `now`: pauses don't count.
    pub fn active(&self, now: DateTime<Utc>) -> TimeDelta {
        let running = self.open.map_or(TimeDelta::zero(), |open| now - open.started_at);
        self.ended + running.max(TimeDelta::zero())
    }

    /// The sheet with a segment begun at `at`.
    pub(super) fn begin(self, operator: OperatorId, at: DateTime<Utc>) -> Self {
        let sequence = self.segments + 1;
        let open = Segment { sequence, operator, started_at: at, ended: None };
        Self { segments: sequence, open: Some(open), ..self }
    }

    /// The sheet with its open segment ended at `at`, and that segment; `None` where nothing goes on.
    pub(super) fn end(self, at: DateTime<Utc>, by: EndedBy) -> Option<(Self, Segment)> {
        let open = self.open?;
        let ended = Segment { ended: Some((at, by)), ..open };
        Some((Self { ended: self.active(at), open: None, ..self }, ended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::clock::{CountedIds, IdSource};

    #[test]
    fn active_time_is_the_sum_of_the_segments_without_the_pauses() {
        let ids: &dyn IdSource = &CountedIds::default();
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let sheet = TimeSheet::default().begin(ids.id(), at(0));
        assert_eq!(sheet.active(at(10)), TimeDelta::minutes(10));
        let (paused, first) = sheet.end(at(30), EndedBy::Hold).unwrap();
        assert_eq!((first.sequence, first.ended), (1, Some((at(30), EndedBy::Hold))));
        assert_eq!(paused.active(at(500)), TimeDelta::minutes(30));
        let again = paused.begin(ids.id(), at(60));
        assert_eq!(again.active(at(75)), TimeDelta::minutes(45));
        let (done, second) = again.end(at(90), EndedBy::Complete).unwrap();
        assert_eq!((second.sequence, done.active(at(900))), (2, TimeDelta::minutes(60)));
        assert_eq!(done.end(at(91), EndedBy::Cancel), None);
    }

    #[test]
    fn a_clock_behind_the_segments_begin_counts_nothing() {
        let ids: &dyn IdSource = &CountedIds::default();
        let sheet = TimeSheet::default().begin(ids.id(), DateTime::UNIX_EPOCH);
        assert_eq!(sheet.active(DateTime::UNIX_EPOCH - TimeDelta::hours(1)), TimeDelta::zero());
    }
}
