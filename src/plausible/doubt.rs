//! The reasons why a value is no secret, each with the sentence that `explain` prints.

use std::fmt;

/// Why a value is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// It is too short to be worth anything.
    Short,
    /// The telling word is a part of another word, as in `monkey`.
    OtherWord,
    /// The name is that of something which belongs to a secret, such as its length.
    Belonging,
    /// The name says that it is public, or a key or token of another kind.
    OtherKind,
    /// The name alone says too little for a value like this.
    Vague,
    /// It stands where a secret goes.
    Placeholder,
    /// It is hidden by stars, crosses or dots.
    Masked,
    /// A program fills it in.
    Template,
    /// It says where the secret is kept.
    Reference,
    /// It is encrypted or sealed.
    Encrypted,
    /// It repeats its name.
    NameRepeated,
    /// It is a number, a version, a date or a size.
    Number,
    /// It is an identifier or the name of a type.
    Identifier,
    /// It is an expression of a program.
    Code,
    /// It looks like words, not like chance.
    Words,
    /// It repeats a character or a few of them.
    Repeated,
    /// It follows the alphabet, the digits or the keyboard.
    Sequence,
    /// It lists the characters of an alphabet.
    Alphabet,
    /// It is a hash of something.
    Hash,
    /// It is a hash of a password.
    PasswordHash,
    /// It is a UUID.
    Uuid,
    /// It is a colour.
    Colour,
    /// It is a path of a file.
    Path,
    /// It is a URL.
    Url,
    /// It is the name of a host or of a package.
    Host,
    /// It is an e-mail address.
    Email,
    /// It is a media type.
    MediaType,
    /// It is a selector of a style sheet.
    Selector,
    /// It is the fingerprint of a key.
    Fingerprint,
    /// It is a public key or a certificate.
    PublicKey,
    /// It is a PEM block, which has a rule of its own.
    Pem,
    /// It is data in base64: text, an image, an archive.
    Encoded,
    /// It is a regular expression, a format or markup.
    Pattern,
}

impl Doubt {
    /// Every doubt, in the order of their declaration.
    pub const ALL: [Self; 33] = [
        Self::Short,
        Self::OtherWord,
        Self::Belonging,
        Self::OtherKind,
        Self::Vague,
        Self::Placeholder,
        Self::Masked,
        Self::Template,
        Self::Reference,
        Self::Encrypted,
        Self::NameRepeated,
        Self::Number,
        Self::Identifier,
        Self::Code,
        Self::Words,
        Self::Repeated,
        Self::Sequence,
        Self::Alphabet,
        Self::Hash,
        Self::PasswordHash,
        Self::Uuid,
        Self::Colour,
        Self::Path,
        Self::Url,
        Self::Host,
        Self::Email,
        Self::MediaType,
        Self::Selector,
        Self::Fingerprint,
        Self::PublicKey,
        Self::Pem,
        Self::Encoded,
        Self::Pattern,
    ];

    /// The sentence that `explain` prints, without a full stop.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Short => "the value is too short",
            Self::OtherWord => "the telling word is part of another word",
            Self::Belonging => "the name is that of something about a secret, such as its length",
            Self::OtherKind => "the name says that it is public, or a key or token of another kind",
            Self::Vague => "the name says too little for a value like this",
            Self::Placeholder => "the value is a placeholder",
            Self::Masked => "the value is masked",
            Self::Template => "the value is filled in by a program",
            Self::Reference => "the value says where the secret is kept",
            Self::Encrypted => "the value is encrypted",
            Self::NameRepeated => "the value repeats its name",
            Self::Number => "the value is a number, a version, a date or a size",
            Self::Identifier => "the value is an identifier",
            Self::Code => "the value is an expression of a program",
            Self::Words => "the value looks like words",
            Self::Repeated => "the value repeats a few characters",
            Self::Sequence => "the value follows the alphabet, the digits or the keyboard",
            Self::Alphabet => "the value lists the characters of an alphabet",
            Self::Hash => "the value is a hash",
            Self::PasswordHash => "the value is the hash of a password",
            Self::Uuid => "the value is a UUID",
            Self::Colour => "the value is a colour",
            Self::Path => "the value is a path",
            Self::Url => "the value is a URL",
            Self::Host => "the value is the name of a host or of a package",
            Self::Email => "the value is an e-mail address",
            Self::MediaType => "the value is a media type",
            Self::Selector => "the value is a selector of a style sheet",
            Self::Fingerprint => "the value is the fingerprint of a key",
            Self::PublicKey => "the value is a public key or a certificate",
            Self::Pem => "the value is a PEM block, which has a rule of its own",
            Self::Encoded => "the value is text, an image or an archive in base64",
            Self::Pattern => "the value is a regular expression, a format or markup",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::Doubt;

    #[test]
    fn every_doubt_has_a_sentence_of_its_own() {
        for (at, doubt) in Doubt::ALL.iter().enumerate() {
            assert_eq!(*doubt as usize, at, "{doubt:?} stands in order");
            let same = |other: &&Doubt| other.sentence() == doubt.sentence();
            assert_eq!(Doubt::ALL.iter().filter(same).count(), 1, "{doubt:?}");
        }
    }
}
