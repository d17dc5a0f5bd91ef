//! Whether a path is that of a test or an example, where made-up values stand.
//!
//! A value without a format of its own that stands there is seldom a secret, but it may be one. So
//! such a path makes a finding less sure and never makes it go away.

/// Names of folders, in lower case.
const FOLDERS: &[&str] = &[
    "__fixtures__",
    "__mocks__",
    "__snapshots__",
    "__tests__",
    "androidtest",
    "cypress",
    "demo",
    "demos",
    "e2e",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "sample",
    "samples",
    "spec",
    "specs",
    "test",
    "test-data",
    "test_data",
    "testdata",
    "testing",
    "tests",
];

/// Words at the end of a folder's name, after `-`, `_` or `.`, in lower case.
const FOLDER_ENDS: &[&str] = &[
    "e2e", "examples", "fixtures", "mocks", "specs", "test", "tests",
];

/// Parts of a file's name between dots, in lower case: `a.test.ts`, `.env.example`.
const PARTS: &[&str] = &[
    "e2e", "example", "fixture", "mock", "sample", "spec", "stories", "test", "tests",
];

/// Words at the end of the first part of a file's name, after `-` or `_`, in lower case: `a_test.go`.
const STEM_ENDS: &[&str] = &[
    "fixture", "fixtures", "mock", "mocks", "spec", "test", "tests",
];

/// Ends of the first part of a file's name that begin with a capital: `LoginTest.java`.
const STEM_CAPITALS: &[&str] = &["Mock", "Spec", "Test", "Tests"];

/// Whether a folder or the file of `path` is named like a test or an example.
///
/// Takes the path below the root of the repository: a repository that itself lies in a folder
/// `examples` is none.
pub(super) fn is_testing(path: &[u8]) -> bool {
    let mut names = path.split(|byte| matches!(byte, b'/' | b'!'));
    let Some(file) = names.next_back() else {
        return false;
    };
    names.any(is_folder) || is_file(file)
}

fn is_folder(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let end = name
        .rsplit(|byte| matches!(byte, b'-' | b'_' | b'.'))
        .next();
    is_one_of(&name, FOLDERS) || end.is_some_and(|end| end != name && is_one_of(end, FOLDER_ENDS))
}

fn is_file(name: &[u8]) -> bool {
    let mut parts = name.split(|&byte| byte == b'.');
    let stem = parts.next().unwrap_or_default();
    is_stem(stem) || parts.any(|part| is_one_of(&part.to_ascii_lowercase(), PARTS))
}

fn is_stem(stem: &[u8]) -> bool {
    let capital = |end: &&str| {
        let before = stem.strip_suffix(end.as_bytes());
        let last = before.and_then(<[u8]>::last);
        last.is_some_and(|last| last.is_ascii_lowercase() || last.is_ascii_digit())
    };
    let folded = stem.to_ascii_lowercase();
    let end = folded.rsplit(|byte| matches!(byte, b'-' | b'_')).next();
    folded == b"conftest"
        || [b"test_".as_slice(), b"test-"]
            .iter()
            .any(|start| folded.starts_with(start))
        || end.is_some_and(|end| is_one_of(end, STEM_ENDS))
        || STEM_CAPITALS.iter().any(capital)
}

fn is_one_of(name: &[u8], table: &[&str]) -> bool {
    table.iter().any(|word| word.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::{FOLDER_ENDS, FOLDERS, PARTS, STEM_CAPITALS, STEM_ENDS, is_testing};

    #[test]
    fn tables_are_sorted_and_in_lower_case() {
        for table in [FOLDERS, FOLDER_ENDS, PARTS, STEM_ENDS] {
            assert!(table.is_sorted_by(|a, b| a < b));
            assert!(table.iter().all(|word| *word == word.to_ascii_lowercase()));
        }
        assert!(STEM_CAPITALS.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn tests_examples_and_documents_are_known_by_folder() {
        for path in [
            "test/a.py",
            "src/__tests__/a.js",
            "a/Spec/b/c.rb",
            "pkg/testdata/key",
            "unit-tests/a",
            "integration_test/a",
            "App.Tests/a.cs",
            "examples/a/b/c",
            "a.tgz!package/mocks/b",
            "app/src/androidTest/java/A.java",
        ] {
            assert!(is_testing(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn tests_and_examples_are_known_by_file_name() {
        for path in [
            "a_test.go",
            "a-test.js",
            "a.test.ts",
            "a.spec.ts",
            "test_a.py",
            "tests.py",
            "conftest.py",
            "src/LoginTest.java",
            "LoginTests.cs",
            "a_spec.rb",
            ".env.example",
            "conf.sample.yml",
            "x.zip!a_test.go",
        ] {
            assert!(is_testing(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn other_paths_are_not() {
        for path in [
            "",
            "a.py",
            "src/latest/a.py",
            "contest.py",
            "src/attestation/a",
            "protest.txt",
            "LATEST.txt",
            "specification/a",
            "inspect.py",
            "test-report-service/a.py",
            "democracy/a",
            "examples",
            "document.md",
            "testimony.py",
            "caf\u{e9}/a",
        ] {
            assert!(!is_testing(path.as_bytes()), "{path}");
        }
    }
}
