//! The running service: commands, configuration, health, metrics, rate limits, idempotency.

mod browsers;
mod commands;
mod conditional_requests;
mod demo;
mod health_metrics_documents;
mod idempotency;
mod idempotency_under_load;
mod idempotent_posts;
mod numbers;
mod pooling;
mod private_postgres;
mod rate_limits;
mod texts;
mod times;
mod unknown_routes;
