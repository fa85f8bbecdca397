use kernel::manufacturing::OrderStatus;

/// The statuses that a change may give an order (`docs/spec/mes.md`, "Order status").
///
/// `held` is what an order on hold had before, where that is known; `all_done` says that every operation is
/// completed, or that there is none. The status an order has already is always let through, and changes nothing.
pub fn allowed(status: OrderStatus, held: Option<OrderStatus>, all_done: bool) -> Vec<OrderStatus> {
    use OrderStatus::{Cancelled, Completed, InProgress, OnHold, Pending};
    match status {
        Pending => vec![InProgress, OnHold, Cancelled],
        InProgress if all_done => vec![OnHold, Completed, Cancelled],
        InProgress => vec![OnHold, Cancelled],
        OnHold => match held {
            Some(before) => vec![before, Cancelled],
            None => vec![Pending, InProgress, Cancelled],
        },
        Completed | Cancelled => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_order_and_status_is_as_the_specification_says() {
        use OrderStatus::{Cancelled, Completed, InProgress, OnHold, Pending};
        // to pending, in progress, on hold, completed, cancelled
        let table = [
            (Pending, None, false, [false, true, true, false, true]),
            (Pending, None, true, [false, true, true, false, true]),
            (InProgress, None, false, [false, false, true, false, true]),
            (InProgress, None, true, [false, false, true, true, true]),
            (OnHold, Some(Pending), false, [true, false, false, false, true]),
            (OnHold, Some(Pending), true, [true, false, false, false, true]),
            (OnHold, Some(InProgress), false, [false, true, false, false, true]),
            (OnHold, Some(InProgress), true, [false, true, false, false, true]),
            (OnHold, None, false, [true, true, false, false, true]),
            (Completed, None, true, [false; 5]),
            (Cancelled, None, false, [false; 5]),
            (Cancelled, None, true, [false; 5]),
        ];
        for (status, held, all_done, row) in table {
            let allowed = allowed(status, held, all_done);
            let found = OrderStatus::ALL.map(|to| allowed.contains(&to));
            assert_eq!(found, row, "{status:?} held from {held:?}, all done: {all_done}");
        }
    }
}
