//! Idempotency keys of orders that are posted.

use kernel::error::StoreError;
use kernel::write::{Content, StoredResponse, Written};
use production_ops::order::OrderError;
use production_ops::ports::OrderView;
use testkit::race;

use super::Shop;
use crate::support::{Store, claimed, posting};

fn rendered(view: &OrderView) -> StoredResponse {
    StoredResponse { status: 201, content: Content::Json(view.order.number.as_str().to_owned()) }
}

#[test]
fn a_repeated_post_is_answered_as_the_first_was_and_creates_nothing() {
    let shop = Shop::new(Store::shared());
    let post = |fingerprint| {
        let context = claimed(shop.team, "key", fingerprint, rendered);
        shop.store.try_post(context, posting("Widget"))
    };
    let first = match post(1) {
        Ok(Written::Done(view)) => view,
        other => panic!("the first is done: {other:?}"),
    };
    for _ in 0..2 {
        let again = post(1);
        assert!(matches!(&again, Ok(Written::Replayed(answer)) if *answer == rendered(&first)), "{again:?}");
    }
    let other = post(2);
    assert!(matches!(other, Err(OrderError::Store(StoreError::ClaimReused))), "{other:?}");
    assert_eq!((shop.count("manufacturing_orders"), shop.count("work_order_operations")), (1, 3));
    assert_eq!(shop.told(&first.order), [("order.created".to_owned(), 1)]);
    assert_eq!(shop.order().number.as_str(), "ORD-2024-002", "a repeated request takes no number");
}

#[test]
fn of_posts_at_once_with_one_key_one_creates_an_order() {
    const CROWD: usize = 10;
    let shop = Shop::new(Store::shared()).crowded(CROWD as u32);
    let outcomes =
        race(CROWD, |_| shop.store.try_post(claimed(shop.team, "key", 1, rendered), posting("Widget")));
    let mut numbers = Vec::new();
    for outcome in &outcomes {
        match outcome {
            Ok(Written::Done(view)) => numbers.push(rendered(view)),
            Ok(Written::Replayed(answer)) => assert_eq!(answer.status, 201),
            Err(OrderError::Store(StoreError::ClaimInFlight)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((numbers.len(), shop.count("manufacturing_orders")), (1, 1), "{outcomes:?}");
    let replayed = shop.store.try_post(claimed(shop.team, "key", 1, rendered), posting("Widget"));
    assert!(
        matches!(&replayed, Ok(Written::Replayed(answer)) if [answer.clone()] == *numbers),
        "{replayed:?}"
    );
}
