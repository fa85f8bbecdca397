//! Fixtures of the end-to-end tests; `tests/README.md` says which one is for what.

mod adventureworks;
pub(crate) mod buying;
mod caller;
mod commands;
mod conformance;
mod documents;
pub(crate) mod gepard;
mod http;
mod person;
mod plant;
mod reply;
mod sandbox;
mod server;
mod shop;
mod team;

pub(crate) use adventureworks::{dataset, orders_csv};
pub(crate) use caller::{Caller, IMPORT, IMPORTS, UPLOAD, document_form, form, order, order_with};
pub(crate) use commands::{
    BINARY, CommandOutput, DATA_DIR, bootstrap, create_team, run, run_with, throughline, with_database,
};
pub(crate) use documents::{documented, mes_routes};
pub(crate) use http::{Requests, client, new_client};
pub(crate) use person::{PASSWORD, Person, log_in};
pub(crate) use plant::{DATA_COLLECTION, OPERATIONS, ORDERS, Order, Plant};
pub(crate) use reply::{Reply, is_uuid};
pub(crate) use sandbox::{Sandbox, shared_sandbox};
pub(crate) use server::{dedicated_server, shared_server};
pub(crate) use shop::{OMS_ORDERS, POS_ORDERS, PRODUCTS, Shop, oms_order_example, path_of};
pub(crate) use team::{Team, team};
