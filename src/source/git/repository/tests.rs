//! Repositories as the system's git makes them, and hostile ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Repository, Sandbox};
use crate::error::{Error, Result};
use crate::git::Format;
use crate::source::git::Environment;

/// Why a repository did not open, as its variant is called.
#[track_caller]
fn refusal(opened: Result<Repository>) -> &'static str {
    match opened {
        Ok(_) => "",
        Err(Error::NoTarget { .. }) => "no target",
        Err(Error::NoRepository { .. }) => "no repository",
        Err(Error::Repository { .. }) => "repository",
        Err(Error::OutsideRoot { .. }) => "outside",
        Err(other) => panic!("{other}"),
    }
}

/// What was not read, and why.
fn skips(repository: &Repository) -> Vec<String> {
    let texts = repository.skips.iter().map(|skip| {
        let what = String::from_utf8_lossy(&skip.what);
        format!("{what}: {}", skip.reason.name())
    });
    texts.collect()
}

#[test]
fn a_repository_is_found_from_anywhere_in_it() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    sandbox.write("repo/a/b/c", "");
    for named in ["repo", "repo/a/b", "repo/.git", "repo/.git/refs/heads"] {
        let repository = sandbox.open(named).expect("it opens");
        assert_eq!(repository.git_dir, sandbox.path("repo/.git"), "{named}");
        assert_eq!(repository.common_dir, repository.git_dir);
        assert_eq!(repository.work_tree, Some(sandbox.path("repo")));
        assert_eq!(
            repository.object_folders,
            [sandbox.path("repo/.git/objects")]
        );
        assert_eq!(skips(&repository), [""; 0]);
    }
    sandbox.git("", &["clone", "-q", "--bare", "repo", "bare.git"]);
    for named in ["bare.git", "bare.git/refs"] {
        let bare = sandbox.open(named).expect("it opens");
        assert_eq!(bare.git_dir, sandbox.path("bare.git"));
        assert_eq!(bare.work_tree, None);
        assert!(bare.indexes().is_empty());
        assert_eq!(bare.label(&bare.git_dir.join("HEAD")), b"bare.git/HEAD");
    }
}

#[test]
fn a_linked_work_tree_shares_the_repository() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    sandbox.git("repo", &["worktree", "add", "-q", "../beside"]);
    let own = sandbox.path("repo/.git/worktrees/beside");
    for named in ["beside", "repo/.git/worktrees/beside"] {
        let linked = sandbox.open(named).expect("it opens");
        assert_eq!(linked.git_dir, own);
        assert_eq!(linked.common_dir, sandbox.path("repo/.git"));
        let expected = (named == "beside").then(|| sandbox.path("beside"));
        assert_eq!(linked.work_tree, expected);
        let indexes = [
            (b"".to_vec(), own.join("index")),
            (b"main-worktree".to_vec(), sandbox.path("repo/.git/index")),
        ];
        assert_eq!(linked.indexes(), indexes);
    }
    let main = sandbox.open("repo").expect("it opens");
    let indexes = [
        (b"".to_vec(), sandbox.path("repo/.git/index")),
        (b"worktrees/beside".to_vec(), own.join("index")),
    ];
    assert_eq!(main.indexes(), indexes);
}

#[test]
fn the_environment_comes_first() {
    let sandbox = Sandbox::new();
    sandbox.repository("in/repo", &[]);
    sandbox.repository("other/repo", &[]);
    sandbox.git("other/repo", &["worktree", "add", "-q", "../../in/linked"]);
    sandbox.write("quarantine/objects/pack/x", "");
    let environment = Environment {
        git_dir: Some(sandbox.path("other/repo/.git/worktrees/linked")),
        index_file: Some(sandbox.path("in/repo/.git/index")),
        object_directory: Some(sandbox.path("quarantine/objects")),
        alternates: vec![sandbox.path("other/repo/.git/objects")],
    };
    let repository = Repository::open(&sandbox.path("in/linked"), &environment, None);
    let repository = repository.expect("it opens");
    assert_eq!(repository.common_dir, sandbox.path("other/repo/.git"));
    assert_eq!(repository.work_tree, Some(sandbox.path("in/linked")));
    let folders = ["quarantine/objects", "other/repo/.git/objects"];
    assert_eq!(
        repository.object_folders,
        folders.map(|path| sandbox.path(path))
    );
    assert_eq!(
        repository.indexes()[0].1,
        sandbox.path("in/repo/.git/index")
    );
    assert!(repository.head().is_some());
}

#[test]
fn what_is_no_repository_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.write("plain/file", "");
    sandbox.write("gitfile/.git", "gitdir: ../nowhere\n");
    sandbox.write("words/.git", "words");
    sandbox.write("empty/.git", "gitdir: \n");
    sandbox.write("loop/.git", "gitdir: .\n");
    sandbox.write("self/.git", "gitdir: .git\n");
    sandbox.write("round/a/.git", "gitdir: ../b\n");
    sandbox.write("round/b/.git", "gitdir: ../a\n");
    assert_eq!(refusal(sandbox.open("nothing")), "no target");
    assert_eq!(refusal(sandbox.open("plain")), "no repository");
    assert_eq!(refusal(sandbox.open("plain/file")), "no repository");
    for named in ["gitfile", "words", "empty", "loop", "self", "round/a"] {
        assert_eq!(refusal(sandbox.open(named)), "repository", "{named}");
    }
}

#[cfg(unix)]
#[test]
fn no_way_leads_out_of_the_root_unless_it_is_widened() {
    let sandbox = Sandbox::new();
    sandbox.repository("out/repo", &[]);
    sandbox.git("out/repo", &["worktree", "add", "-q", "../../in/linked"]);
    let store = sandbox.path("out/repo/.git");
    sandbox.link(&store, "in/link/.git");
    sandbox.write("in/file/.git", format!("gitdir: {}\n", store.display()));
    sandbox.write("in/dots/.git", "gitdir: ../../out/repo/.git\n");
    sandbox.write("in/shared/.git/HEAD", "ref: refs/heads/main\n");
    sandbox.write("in/shared/.git/commondir", "../../../out/repo/.git\n");
    let root = sandbox.path("");
    for named in ["in/linked", "in/link", "in/file", "in/dots", "in/shared"] {
        assert_eq!(refusal(sandbox.open(named)), "outside", "{named}");
        let path = sandbox.path(named);
        let widened = Repository::open(&path, &Environment::default(), Some(&root));
        assert_eq!(widened.expect("it opens").common_dir, store, "{named}");
    }
}

#[cfg(unix)]
#[test]
fn stores_and_lists_that_lead_out_are_skips() {
    let sandbox = Sandbox::new();
    sandbox.repository("out/repo", &[]);
    sandbox.write("out/list", "0".repeat(40));
    let out = sandbox.path("out");
    let objects = sandbox.path("out/repo/.git/objects");
    for part in [
        "objects",
        "objects/pack",
        "objects/aa",
        "objects/pack/x.idx",
    ] {
        let name = format!("in/{}", part.replace('/', "-"));
        sandbox.git("", &["init", "-q", &name]);
        let link = format!("{name}/.git/{part}");
        let path = sandbox.path(&link);
        fs::remove_dir_all(&path)
            .or_else(|_| fs::remove_file(&path))
            .ok();
        sandbox.link(&objects, &link);
        let repository = sandbox.open(&name).expect("it opens");
        assert_eq!(repository.object_folders, [] as [&Path; 0], "{part}");
        assert_eq!(skips(&repository), [".git/objects: unreadable"], "{part}");
    }
    sandbox.repository("in/repo", &[]);
    sandbox.link(&out.join("list"), "in/repo/.git/shallow");
    sandbox.link(&out, "in/repo/.git/worktrees");
    sandbox.link(&out, "in/repo/.git/modules");
    fs::remove_file(sandbox.path("in/repo/.git/index")).expect("it was there");
    sandbox.link(&out.join("list"), "in/repo/.git/index");
    let repository = sandbox.open("in/repo").expect("it opens");
    assert!(repository.indexes().is_empty() && repository.shallow.is_empty());
    let named = [
        ".git/worktrees: unreadable",
        ".git/index: unreadable",
        ".git/shallow: unreadable",
    ];
    assert_eq!(skips(&repository), named);
    let (submodules, refused) = repository.submodules(&[]);
    assert_eq!((submodules.len(), refused.len()), (0, 1));
}

#[test]
fn borrowed_stores_are_found_each_once() {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "c", "quoted \"d\""] {
        sandbox.repository(name, &[]);
    }
    let alternates = |name: &str, text: String| {
        sandbox.write(&format!("{name}/.git/objects/info/alternates"), text);
    };
    let absolute = sandbox.path("c/.git/objects");
    let gone =
        "# words\n\n../../../gone/.git/objects\n\"../../../quoted \\\"d\\\"/.git/objects\"\n";
    alternates("a", format!("../../../b/.git/objects\n{gone}"));
    alternates("b", format!("{}\n", absolute.display()));
    alternates(
        "c",
        "../../../a/.git/objects\n../../../b/.git/objects\n".to_owned(),
    );
    let repository = sandbox.open("a").expect("it opens");
    let expected = ["a", "b", "c", "quoted \"d\""];
    let expected = expected.map(|name| sandbox.path(&format!("{name}/.git/objects")));
    assert_eq!(repository.object_folders, expected);
    assert_eq!(
        skips(&repository),
        [".git/objects/info/alternates:4: missing"]
    );
}

#[test]
fn borrowed_stores_stay_below_the_root_and_near() {
    let sandbox = Sandbox::new();
    sandbox.repository("in/a", &[]);
    sandbox.repository("out", &[]);
    let out = sandbox.path("out/.git/objects");
    let text = format!("{}\n../../../../out/.git/objects\n", out.display());
    sandbox.write("in/a/.git/objects/info/alternates", text);
    let repository = sandbox.open("in/a").expect("it opens");
    assert_eq!(repository.object_folders.len(), 1);
    assert_eq!(repository.skips.len(), 2);
    assert!(repository.skips[0].reason.to_string().contains("--root"));
    for n in 0..10 {
        let next = format!("../../o{}\n", n + 1);
        sandbox.write(
            &format!("chain/o{n}/info/alternates"),
            next.replacen("../", "", 1),
        );
    }
    sandbox.git("chain", &["init", "-q", "a"]);
    sandbox.write("chain/a/.git/objects/info/alternates", "../../../o0\n");
    let repository = sandbox.open("chain/a").expect("it opens");
    assert_eq!(repository.object_folders.len(), 6);
    assert_eq!(repository.skips[0].reason.name(), "limit");
}

#[test]
fn nothing_that_a_configuration_asks_for_is_done() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    sandbox.write("evil", "[core]\nrepositoryformatversion = 7\n");
    let canary = sandbox.path("canary");
    let touch = format!("touch '{}'", canary.display());
    let config = format!(
        "[include]\n\tpath = {evil}\n[includeIf \"gitdir:/**\"]\n\tpath = {evil}\n[core]\n\
         \trepositoryformatversion = 0\n\tfsmonitor = \"{touch}\"\n\tsshCommand = \"{touch}\"\n\
         \thooksPath = /\n\tpager = \"{touch}\"\n[remote \"x\"]\n\turl = \"ext::{touch}\"\n\
         \tpromisor = true\n",
        evil = sandbox.path("evil").display(),
    );
    sandbox.write("repo/.git/config", config);
    let repository = sandbox.open("repo").expect("it opens");
    assert!(repository.is_partial);
    assert!(repository.refs().resolve(b"main").is_some());
    let _all = repository.all_submodules(&|_| vec![b"sub".to_vec()]);
    assert!(!canary.exists());
}

#[test]
fn storage_that_is_not_understood_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    let core = |version: &str| format!("[core]\nrepositoryformatversion = {version}\n");
    for (config, is_known) in [
        (core("2"), false),
        (core("x"), false),
        (core("0") + "[extensions]\nobjectformat = sha256", false),
        (core("1") + "[extensions]\nobjectformat = md5", false),
        (core("1") + "[extensions]\nrefstorage = database", false),
        (core("1") + "[extensions]\nsomethingnew = true", false),
        (core("1") + "[broken", false),
        (core("1") + "[extensions]\nnoop = 1\n[other]\nthing", true),
        (core("0") + "[extensions]\nsomethingnew = true", true),
        (String::new(), true),
    ] {
        sandbox.write("repo/.git/config", &config);
        let expected = if is_known { "" } else { "repository" };
        assert_eq!(refusal(sandbox.open("repo")), expected, "{config}");
    }
    sandbox.write(
        "repo/.git/config",
        core("1") + "[extensions]\nobjectFormat = sha256",
    );
    assert_eq!(
        sandbox.open("repo").expect("it opens").format,
        Format::Sha256
    );
}

#[test]
fn a_shallow_and_partial_clone_says_so() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    sandbox.git("repo", &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path("repo").display());
    let clone = [
        "clone",
        "-q",
        "--depth=1",
        "--filter=blob:none",
        &url,
        "clone",
    ];
    sandbox.git("", &clone);
    let repository = sandbox.open("clone").expect("it opens");
    assert!(repository.is_partial);
    let head = repository.head().expect("a commit");
    assert_eq!(repository.shallow, [head]);
    sandbox.write("clone/.git/shallow", format!("words\n{head}\n"));
    let repository = sandbox.open("clone").expect("it opens");
    assert_eq!(repository.shallow, [head]);
    assert_eq!(skips(&repository), [".git/shallow: damaged"]);
}

/// A repository `top` with submodules: `lib/inner`, whose own is `deep`; `own`, with its store
/// beside its files; and `absent`.
fn nest(sandbox: &Sandbox) {
    for name in ["deep-source", "inner-source", "own-source", "top"] {
        sandbox.repository(name, &[]);
    }
    let add = ["submodule", "--quiet", "add"];
    sandbox.git(
        "inner-source",
        &[&add[..], &["../deep-source", "deep"]].concat(),
    );
    sandbox.git("inner-source", &["commit", "-qm", "sub"]);
    let inner = ["--name", "named/other", "../inner-source", "lib/inner"];
    sandbox.git("top", &[&add[..], &inner].concat());
    sandbox.git(
        "top",
        &["submodule", "--quiet", "update", "--init", "--recursive"],
    );
    sandbox.git("top", &["clone", "-q", "../own-source", "own"]);
}

#[test]
fn submodules_are_found_wherever_their_store_is() {
    let sandbox = Sandbox::new();
    nest(&sandbox);
    let top = sandbox.open("top").expect("it opens");
    let links = ["absent", "lib/inner", "own", "../outside", "/", ".."];
    let gitlinks = |repository: &Repository| {
        let is_top = repository.work_tree == Some(sandbox.path("top"));
        let links: &[&str] = if is_top { &links } else { &["deep"] };
        links.iter().map(|link| link.as_bytes().to_vec()).collect()
    };
    let (all, missing) = top.all_submodules(&gitlinks);
    let found: BTreeSet<_> = all
        .iter()
        .map(|(submodule, repository)| {
            assert!(repository.head().is_some());
            assert_eq!(skips(repository), [""; 0]);
            let path = String::from_utf8_lossy(&submodule.path).into_owned();
            (
                path,
                repository.work_tree.clone(),
                submodule.git_dir.clone(),
            )
        })
        .collect();
    let entry = |path: &str, store: &str| {
        let work_tree = Some(sandbox.path("top").join(path));
        (
            path.to_owned(),
            work_tree,
            sandbox.path("top/.git").join(store),
        )
    };
    let expected = [
        entry("lib/inner", "modules/named/other"),
        entry("lib/inner/deep", "modules/named/other/modules/deep"),
        entry("own", "../own/.git"),
    ];
    let expected = expected.map(|(path, work_tree, store)| {
        (path, work_tree, store.canonicalize().expect("it is there"))
    });
    assert_eq!(found, expected.into());
    let missing: BTreeSet<_> = missing.iter().map(|skip| &skip.what[..]).collect();
    let expected: [&[u8]; 6] = [
        b"..",
        b"../outside",
        b"/",
        b"absent",
        b"lib/inner/deep/deep",
        b"own/deep",
    ];
    assert_eq!(missing, expected.into());
    fs::remove_dir_all(sandbox.path("top/lib")).expect("it was there");
    let (all, _) = top.all_submodules(&gitlinks);
    assert_eq!(all.len(), 3, "stores outlive what is checked out");
}

#[cfg(unix)]
#[test]
fn a_submodule_leads_out_of_the_root_by_no_way() {
    let sandbox = Sandbox::new();
    sandbox.repository("in/top", &[]);
    sandbox.repository("out", &[]);
    let out = sandbox.path("out");
    sandbox.link(&out, "in/top/link");
    sandbox.link(&out.join(".git"), "in/top/dot/.git");
    sandbox.link(&out.join(".git"), "in/top/.git/modules/inside");
    let text = format!("gitdir: {}\n", out.join(".git").display());
    sandbox.write("in/top/other/.git", text);
    let top = sandbox.open("in/top").expect("it opens");
    let links = ["link", "dot", "other"].map(|link| link.as_bytes().to_vec());
    let (all, skips) = top.all_submodules(&|_| links.to_vec());
    assert!(all.is_empty());
    assert_eq!(skips.len(), 4);
    assert!(
        skips
            .iter()
            .all(|skip| skip.reason.to_string().contains("--root"))
    );
}
