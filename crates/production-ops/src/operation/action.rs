use std::str::FromStr;

use kernel::access::UnknownWord;

/// The status of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationStatus {
    /// One before it is not done.
    Waiting,
    /// It may begin.
    Pending,
    /// Somebody works on it.
    InProgress,
    /// Work on it stands still.
    Paused,
    /// It is done.
    Completed,
}

impl OperationStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Pending, Self::InProgress, Self::Paused, Self::Completed];

    /// Its word in APIs and stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Paused => "paused",
            Self::Completed => "completed",
        }
    }

    /// What may be done with it, if the order lets it (`docs/spec/mes.md`, "Actions"). Everything else is refused.
    pub const fn allowed(self) -> &'static [Action] {
        match self {
            Self::Waiting => &[],
            Self::Pending => &[Action::Start],
            Self::InProgress => &[Action::Pause, Action::Report, Action::Complete, Action::Correct],
            Self::Paused => &[Action::Resume, Action::Report, Action::Complete, Action::Correct],
            Self::Completed => &[Action::Correct],
        }
    }
}

impl FromStr for OperationStatus {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

/// What can be done with an operation (`docs/spec/mes.md`, "Actions").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Begin it.
    Start,
    /// Let it stand still, for a reason.
    Pause,
    /// Go on with it.
    Resume,
    /// Say what was made so far.
    Report,
    /// End it.
    Complete,
    /// Take back what was reported wrongly, after its end too.
    Correct,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 6] =
        [Self::Start, Self::Pause, Self::Resume, Self::Report, Self::Complete, Self::Correct];

    /// Its word in APIs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Report => "report",
            Self::Complete => "complete",
            Self::Correct => "correct",
        }
    }

    /// Whether an order on hold refuses it; a cancelled one refuses every action.
    pub const fn needs_an_order_not_on_hold(self) -> bool {
        matches!(self, Self::Start | Self::Resume | Self::Complete | Self::Correct)
    }
}

impl FromStr for Action {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|action| action.as_str() == word);
        found.ok_or_else(|| UnknownWord::new(word, Self::ALL.map(Self::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_status_and_action_is_as_the_specification_says() {
        // start, pause, resume, report, complete, correct
        let table = [
            (OperationStatus::Waiting, [false, false, false, false, false, false]),
            (OperationStatus::Pending, [true, false, false, false, false, false]),
            (OperationStatus::InProgress, [false, true, false, true, true, true]),
            (OperationStatus::Paused, [false, false, true, true, true, true]),
            (OperationStatus::Completed, [false, false, false, false, false, true]),
        ];
        assert_eq!(table.map(|(status, _)| status), OperationStatus::ALL);
        for (status, row) in table {
            let found = Action::ALL.map(|action| status.allowed().contains(&action));
            assert_eq!(found, row, "{}", status.as_str());
        }
    }

    #[test]
    fn words_are_read_back_and_unknown_ones_name_what_is_allowed() {
        for status in OperationStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
        let fault = "finish".parse::<Action>().unwrap_err();
        assert_eq!(
            fault.to_string(),
            "`finish` is unknown; it is one of start, pause, resume, report, complete, correct"
        );
    }
}
