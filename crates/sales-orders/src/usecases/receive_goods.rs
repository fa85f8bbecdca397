use std::sync::Arc;

use async_trait::async_trait;
use kernel::access::{Actor, Identity};
use kernel::clock::Clock;
use kernel::relay::{ConsumeError, Consumer, Delivery};
use kernel::write::WriteContext;

use crate::ports::Products;
use crate::stock::Receipt;

/// Receives what a completed manufacturing order made into the stock of the product with that SKU, and what a correction
/// of it adds or takes back. What is no product of the catalogue is left alone.
pub struct ReceiveGoods {
    products: Arc<dyn Products>,
    clock: Arc<dyn Clock>,
}

impl ReceiveGoods {
    pub fn new(products: Arc<dyn Products>, clock: Arc<dyn Clock>) -> Self {
        Self { products, clock }
    }
}

#[async_trait]
impl Consumer for ReceiveGoods {
    fn name(&self) -> &'static str {
        "production_receipt"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["order.completed", "order.corrected"]
    }

    async fn consume(&self, delivery: &Delivery) -> Result<(), ConsumeError> {
        let receipt = Receipt::of(delivery.id, &delivery.payload);
        let Some(receipt) = receipt.map_err(|fault| ConsumeError::Failed(Box::new(fault)))? else {
            return Ok(());
        };
        let actor = Actor { team: delivery.team, identity: Identity::System { part: "production_receipt" } };
        let request = format!("event {}", delivery.id);
        let context = WriteContext::unclaimed(&actor, request, self.clock.now());
        self.products.receive(context, self.name(), receipt).await?;
        Ok(())
    }
}
