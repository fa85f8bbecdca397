//! The addresses a key may be used from.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// Networks in CIDR form; without any, every address is admitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Why a list of networks was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworksFault {
    /// A text that is neither an address nor a network.
    #[error("`{0}` is neither an address nor a network; write 203.0.113.7, 10.1.0.0/16 or 2001:db8::/32")]
    Form(String),
    /// More networks than a key may have.
    #[error("may have at most {} networks", Networks::MAX)]
    TooMany,
}

impl Networks {
    /// The most networks of one list.
    pub const MAX: usize = 100;

    /// Reads addresses and networks, such as `203.0.113.7` and `10.1.0.0/16`. Host bits are dropped, and what IPv6 maps of
    /// IPv4 (`::ffff:10.1.0.0/112`) is IPv4.
    ///
    /// # Errors
    /// When a text is neither, or there are too many.
    pub fn parse(texts: &[String]) -> Result<Self, NetworksFault> {
        if texts.len() > Self::MAX {
            return Err(NetworksFault::TooMany);
        }
        let networks = texts.iter().map(|text| {
            let network = text.trim();
            let network =
                network.parse::<IpNet>().ok().or_else(|| network.parse::<IpAddr>().ok().map(IpNet::from));
            let network = network.ok_or_else(|| NetworksFault::Form(text.chars().take(64).collect()))?;
            Ok(canonical(network.trunc()))
        });
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is within one of them. IPv4 within IPv6 (`::ffff:10.0.0.1`) counts as IPv4; an unknown
    /// address is admitted only where every address is.
    pub fn admit(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty() || address.is_some_and(|address| self.contain(address))
    }

    /// Whether one of them holds the address.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The networks as texts, to be stored and shown.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let v4 = v6
        .prefix_len()
        .checked_sub(96)
        .and_then(|length| Ipv4Net::new(v6.addr().to_ipv4_mapped()?, length).ok());
    v4.map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Result<Networks, NetworksFault> {
        Networks::parse(&texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn an_address_is_admitted_by_a_network_that_holds_it() {
        let office = networks(&["10.1.2.3/16", "203.0.113.7", "2001:db8::/32"]).unwrap();
        for (address, admitted) in [
            ("10.1.255.1", true),
            ("10.2.0.1", false),
            ("203.0.113.7", true),
            ("203.0.113.8", false),
            ("2001:db8:7::1", true),
            ("2001:db9::1", false),
            ("::ffff:10.1.0.1", true),
        ] {
            assert_eq!(office.admit(address.parse().ok()), admitted, "{address}");
        }
        assert!(!office.admit(None) && Networks::default().admit(None));
        assert_eq!(office.texts(), ["10.1.0.0/16", "203.0.113.7/32", "2001:db8::/32"]);
        let mapped = networks(&["::ffff:10.1.2.3/112", "::ffff:203.0.113.7", "::/0"]).unwrap();
        assert_eq!(mapped.texts(), ["10.1.0.0/16", "203.0.113.7/32", "::/0"]);
        assert!(mapped.admit("10.1.255.1".parse().ok()));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for text in ["", "10.1.2", "10.1.2.3/33", "2001:db8::/129", "office"] {
            assert_eq!(networks(&["10.0.0.0/8", text]), Err(NetworksFault::Form(text.into())));
        }
        assert_eq!(networks(&["10.0.0.1"; 101]), Err(NetworksFault::TooMany));
    }
}
