//! Closed sets of names, such as the statuses that an API shows.

/// Gives the cases of an enum their names: `ALL`, `as_str`, and `FromStr`, whose error names what is allowed.
///
/// ```
/// #[derive(Debug, Clone, Copy, PartialEq, Eq)]
/// enum Light {
///     Red,
///     Green,
/// }
/// kernel::names!(Light: Red => "RED", Green => "GREEN");
///
/// assert_eq!("GREEN".parse(), Ok(Light::Green));
/// assert_eq!("blue".parse::<Light>().unwrap_err().to_string(), "`blue` is unknown; it is one of RED, GREEN");
/// ```
#[macro_export]
macro_rules! names {
    ($name:ident: $($case:ident => $text:literal),+ $(,)?) => {
        impl $name {
            pub const ALL: &[Self] = &[$(Self::$case),+];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$case => $text),+
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::access::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().copied().find(|it| it.as_str() == text);
                found.ok_or_else(|| Self::Err::new(text, Self::ALL.iter().map(|it| it.as_str())))
            }
        }
    };
}
