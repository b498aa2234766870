//! Implements `Deserialize` and `Serialize` for a type that is read and written as its only field: without serde's derive, which a
//! dependant would compile for this alone.

/// `transparent! { A: Deserialize, Serialize }` for `pub struct A(T);` is `#[derive(Deserialize, Serialize)] #[serde(transparent)]`.
macro_rules! transparent {
    (@Deserialize $name:ident) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                ::serde::Deserialize::deserialize(deserializer).map(Self)
            }
        }
    };
    (@Serialize $name:ident) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(&self.0, serializer)
            }
        }
    };
    ($name:ident: $($implemented:ident),+) => {
        $($crate::transparent::transparent!(@$implemented $name);)+
    };
}

pub(crate) use transparent;
