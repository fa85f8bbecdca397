use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::id::TeamId;
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::ports::{ProductFilter, Products};
use crate::product::{NewProduct, Product, ProductChange, ProductError};
use crate::stock::{Adjustment, Movement};

/// Creates, changes and shows products, and adjusts their stock.
pub struct ManageProducts {
    products: Arc<dyn Products>,
    ids: Arc<dyn IdSource>,
}

impl ManageProducts {
    pub fn new(products: Arc<dyn Products>, ids: Arc<dyn IdSource>) -> Self {
        Self { products, ids }
    }

    /// Creates a product.
    ///
    /// # Errors
    /// [`ProductError::SkuTaken`].
    pub async fn create(
        &self,
        context: WriteContext<Product>,
        new: NewProduct,
    ) -> Result<Written<Product>, ProductError> {
        self.products.create(context, self.ids.id(), new).await
    }

    /// Changes a product, if its version is one of `seen`.
    ///
    /// # Errors
    /// [`ProductError::NotFound`], [`ProductError::SkuTaken`], [`ProductError::Stale`].
    pub async fn change(
        &self,
        context: WriteContext<Product>,
        number: i64,
        change: ProductChange,
        seen: Option<Vec<i64>>,
    ) -> Result<Written<Product>, ProductError> {
        self.products.change(context, number, change, seen).await
    }

    /// Adjusts a product's stock.
    ///
    /// # Errors
    /// [`ProductError::NotFound`], [`ProductError::InsufficientStock`], [`ProductError::StockTooLarge`].
    pub async fn adjust(
        &self,
        context: WriteContext<Movement>,
        number: i64,
        adjustment: Adjustment,
    ) -> Result<Written<Movement>, ProductError> {
        self.products.adjust(context, number, adjustment).await
    }

    /// The product of that number.
    ///
    /// # Errors
    /// [`ProductError::NotFound`].
    pub async fn find(&self, team: TeamId, number: i64) -> Result<Product, ProductError> {
        self.products.find(team, number).await?.ok_or(ProductError::NotFound)
    }

    /// The window of the team's products that `filter` lets through, by number.
    pub async fn list(
        &self,
        team: TeamId,
        filter: ProductFilter,
        window: Window,
    ) -> Result<Listing<Product>, ProductError> {
        Ok(self.products.list(team, filter, window).await?)
    }

    /// A product's ledger, the latest first.
    ///
    /// # Errors
    /// [`ProductError::NotFound`].
    pub async fn movements(
        &self,
        team: TeamId,
        number: i64,
        window: Window,
    ) -> Result<Listing<Movement>, ProductError> {
        self.products.movements(team, number, window).await?.ok_or(ProductError::NotFound)
    }
}
