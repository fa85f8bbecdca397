//! What every request passes on its way to its handler, from the outside in: the host names of the pos surface
//! (`pos_hosts`), pages of other origins (`cors`), compression, request id and errors (`request_context`), access log and
//! audit of refusals (`access_audit`), authorisation, tags of what is read by
//! id (`conditional`).

pub(crate) mod access_audit;
pub(crate) mod access_log_writer;
pub(crate) mod address;
pub(crate) mod authorisation;
pub(crate) mod compression;
pub(crate) mod conditional;
pub(crate) mod cors;
pub(crate) mod credentials;
pub(crate) mod limits;
pub(crate) mod pos_hosts;
pub(crate) mod request_context;
