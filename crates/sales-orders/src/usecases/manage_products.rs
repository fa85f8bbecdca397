//! The catalogue and its stock, administered.

use std::sync::Arc;

use kernel::clock::IdSource;
use kernel::error::StoreError;
use kernel::id::{Id, TeamId};
use kernel::page::{Listing, Window};
use kernel::write::{WriteContext, Written};

use crate::ports::{ProductFilter, Products};
use crate::product::{NewProduct, Product, ProductChange, ProductError};
use crate::stock::{Adjustment, Movement};

/// Creates, changes and shows products, and moves their stock by hand (contract, *pos*).
pub struct ManageProducts {
    products: Arc<dyn Products>,
    ids: Arc<dyn IdSource>,
}

impl ManageProducts {
    /// Stands on a store of products.
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
        self.products.create(context, Id::new(self.ids.uuid()), new).await
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

    /// Moves stock by hand.
    ///
    /// # Errors
    /// [`ProductError::NotFound`], [`ProductError::InsufficientStock`].
    pub async fn adjust(
        &self,
        context: WriteContext<Movement>,
        number: i64,
        adjustment: Adjustment,
    ) -> Result<Written<Movement>, ProductError> {
        self.products.adjust(context, number, adjustment).await
    }

    /// A product.
    ///
    /// # Errors
    /// [`ProductError::NotFound`].
    pub async fn find(&self, team: TeamId, number: i64) -> Result<Product, ProductError> {
        self.products.find(team, number).await?.ok_or(ProductError::NotFound)
    }

    /// Products by number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        team: TeamId,
        filter: ProductFilter,
        window: Window,
    ) -> Result<Listing<Product>, StoreError> {
        self.products.list(team, filter, window).await
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
