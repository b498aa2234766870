#!/usr/bin/env python3
"""Mutation testing: reports each small change of the code that no test notices.

    python3 .ci/mutants.py [PATH...]    the files of GROUPS, those of them under PATH, or any other file

cargo-mutants lists the changes (an operator, a condition, a match arm, a function's result). All of them are compiled at
once, into a copy of the tree: each function becomes a `match` over the environment variable MUTANT, a number that is read
once, with a copy of its body for each change. The tests then run once for each, without another build: first those of the
module and its folder, then all others that are fast, then the slow ones. Changes outside of functions, such as those of a
constant, are not tried.

Prints a table and exits with 1 if a mutant survives that .ci/mutants.txt does not list as equivalent.
"""

import concurrent.futures
import filecmp
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

VERSION = "27.1.0"
ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "mutants"
TREE = WORK / "tree"
EQUIVALENT = ROOT / ".ci" / "mutants.txt"

# The packages to test, the folder of the package to change, its files where a wrong line does the most harm, the targets to
# build, of which those that are fast stand first, and arguments of the test binaries. Tests are skipped that start cargo, which
# they would do for each mutant, and the one that counts what many calls at once do, which depends on how busy the machine is.
GROUPS = [
    (
        ["relay-rest-codegen", "relay-rest-codegen-tests"],
        "codegen",
        """conform/compose conform/constants conform/deprecation conform/discriminators conform/hoist conform/inheritance
        conform/merge conform/tighter conform/unions lower/conditions lower/constraints lower/references lower/schema lower/types
        overlay/edit overlay/read refine/builders refine/gate refine/integers refine/messages refine/objects refine/setters
        refine/strings refine/unions refine/unnamed""",
        ["--test=cases", "--lib", "--test=overlay"],
        [],
    ),
    (
        ["relay-rest-codegen", "relay-rest-codegen-tests", "xtask"],
        "codegen",
        """document/graph document/keywords document/media_type document/parse document/pointer document/references
        document/resolve document/resolve/names document/resolve/open document/resolve/schemes document/slice
        document/standalone document/uri document/version document/walk""",
        ["--lib", "--test=cases", "--test=reading"],
        [],
    ),
    (
        ["spec-diff", "xtask"],
        "xtask/spec-diff",
        "basis normal/simplify schemas/alternatives schemas/implication schemas/similarity schemas/unions",
        ["--lib", "--test=spec_diff", "--test=one_edit"],
        ["--skip=rustc_breaks", "--skip=the_action_compares"],
    ),
    (
        ["xtask"],
        "xtask",
        "related",
        ["--test=spec_diff"],
        ["files::", "trees::"],
    ),
    (
        ["relay-rest", "relay-rest-tests"],
        "",
        """api_error bounded encode exchange handover headers identifier mfa retry retry_after rules seconds segment
        setter""",
        ["--lib", "--test=it"],
        [f"--skip={name}::" for name in ["cargo", "build_script", "example", "pipeline", "readme", "stampede"]],
    ),
]

# Tests that take seconds, and so run only if no other test notices a mutant: of limits, and with many documents.
SLOW = """a_composition_of_too_many a_document_of_too_many a_lowered_schema_allows a_merged_composition_allows a_text_is_as_long
        circles_of_schemas each_edit_has equivalent_documents_have files_have_limits many_names_and_files random_pairs_have random_schemas
        rules::a_document_is_the_same schemas_that_combine what_nests_too_deep""".split()



def cargo(*arguments, check=True, **options):
    profile = {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_DEV_BUILD_OVERRIDE_DEBUG": "0"}
    env = os.environ | profile | {"CARGO_TARGET_DIR": str(WORK / "build"), "CARGO_TERM_COLOR": "never"}
    env.pop("MUTANT", None)
    return subprocess.run(["cargo", *arguments], cwd=TREE, env=env, check=check, text=True, **options)


def copy_tree():
    """Copies what git knows or would add. Files that are the same keep their time, so that cargo does not build them again."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    files = {name for name in files if name and (ROOT / name).is_file()}
    for old in [path for path in TREE.rglob("*") if path.is_file()]:
        if str(old.relative_to(TREE)) not in files:
            old.unlink()
    for name in files:
        target = TREE / name
        if not target.exists() or not filecmp.cmp(ROOT / name, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)


class Mutant:
    def __init__(self, number, listed, lines):
        self.id = number
        self.file = listed["file"]
        self.name = listed["name"].split(": ", 1)[1]
        self.replacement = listed["replacement"]
        offsets = [0]
        for line in lines:
            offsets.append(offsets[-1] + len(line))
        at = lambda place: offsets[place["line"] - 1] + place["column"] - 1
        span, function = listed["span"], listed["function"]
        self.start, self.end = at(span["start"]), at(span["end"])
        self.line = span["start"]["line"]
        self.function_name = function["function_name"].split("::")[-1] if function else None
        self.function = (at(function["span"]["start"]), at(function["span"]["end"])) if function else None
        self.key = f"{self.file}: {self.name} | {lines[self.line - 1].strip()}"
        self.state = "not tried"


def listed_mutants(files):
    listed = cargo("mutants", "--no-config", "--workspace", "--list", "--json",
                   *[f"--file={file}" for file in files], stdout=subprocess.PIPE).stdout
    sources = {file: (TREE / file).read_text() for file in files}
    lines = {file: source.splitlines(keepends=True) for file, source in sources.items()}
    mutants = [Mutant(number, each, lines[each["file"]]) for number, each in enumerate(json.loads(listed))]
    for file in files:
        if not any(mutant.file == file for mutant in mutants):
            sys.exit(f"{file}: no mutants")
    return mutants, sources


# Without a mutant there is no number.
READ_ONCE = """{ static MUTANT: ::std::sync::LazyLock<u32> = ::std::sync::LazyLock::new(||
::std::env::var("MUTANT").map_or(u32::MAX, |number| number.parse().expect("a number"))); match *MUTANT {
"""


def write(file, source, mutants):
    """Writes a file with all its mutants, and returns the lines of each: (first, last, mutant)."""
    functions = {}
    for mutant in (mutant for mutant in mutants if mutant.function and mutant.state != "unviable"):
        functions.setdefault(mutant.function, []).append(mutant)
    # A function inside another one is part of that one's body.
    outer = [span for span in functions if not any(o != span and o[0] <= span[0] and span[1] <= o[1] for o in functions)]
    text, position, places = "", 0, []
    for start, end in sorted(outer):
        inside = [each for span, some in functions.items() if start <= span[0] and span[1] <= end for each in some]
        name = next(each.function_name for each in functions[start, end])
        body = source.index("{", source.index(f"fn {name}", start))
        # The environment cannot be read in a `const fn`.
        text += source[position:body].replace(f"const fn {name}", f"fn {name}")
        text += READ_ONCE
        for mutant in inside:
            changed = f"{source[body:mutant.start]} {mutant.replacement} {source[mutant.end:end]}"
            first = text.count("\n") + 1
            text += f"{mutant.id} => {changed}\n"
            places.append((first, text.count("\n"), mutant))
        text += f"_ => {source[body:end]}\n}} }}"
        position = end
    (TREE / file).write_text(text + source[position:])
    return places


def option_of(target):
    """The argument of `cargo test` that selects a target."""
    kind = target["kind"][0]
    return f"--test={target['name']}" if kind == "test" else "--bins" if kind == "bin" else "--lib"


def build(packages, targets, mutants, sources):
    """Builds the tests with every mutant that compiles, and returns their binaries."""
    while True:
        places = {file: write(file, source, [each for each in mutants if each.file == file]) for file, source in sources.items()}
        selected = [f"--package={package}" for package in packages]
        built = cargo("test", "--locked", "--no-run", "--message-format=json", *selected, *targets, check=False,
                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
        if built.returncode == 0:
            tests = [each for each in messages
                     if each["reason"] == "compiler-artifact" and each["executable"] and each["profile"]["test"]]
            # Cargo reports them in the order in which they happened to be built.
            return [each["executable"] for each in sorted(tests, key=lambda each: targets.index(option_of(each["target"])))]
        errors = [each["message"] for each in messages
                  if each["reason"] == "compiler-message" and each["message"]["level"] == "error"]
        found = set()
        for error in errors:
            # A mutant of another type than the rest is named beside what it does not fit.
            for is_primary in (True, False):
                spans = [span for span in error["spans"] if span["is_primary"] == is_primary]
                unviable = [mutant for span in spans for first, last, mutant in places.get(span["file_name"], [])
                            if first <= span["line_start"] <= last]
                if unviable:
                    break
            # What constants are made of stays `const`.
            if "cannot call non-const function" in error["message"]:
                name = error["message"].split("`")[1].split("::")[-1]
                unviable += [mutant for mutant in mutants if mutant.function_name == name and mutant.state != "unviable"]
            for mutant in unviable:
                mutant.state = "unviable"
                found.add(mutant.id)
        if not found:
            sys.exit("the tree does not build:\n" + built.stderr + "\n".join(error["rendered"] for error in errors))


def has_failed(log):
    """Whether a test of a binary that still runs has failed already."""
    return b" ... FAILED\n" in pathlib.Path(log).read_bytes()


def passes(binaries, folder, arguments, mutant, timeouts):
    """Whether all tests pass with a mutant, or without one, each binary in its time. Stops at the first test that fails."""
    env = os.environ | {"CARGO_MANIFEST_DIR": str(folder), "RUST_BACKTRACE": "0"}
    env.pop("MUTANT", None)
    if mutant:
        env["MUTANT"] = str(mutant.id)
    for binary, timeout in zip(binaries, timeouts):
        with open(WORK / f"log-{mutant.id if mutant else 'none'}.txt", "w") as log:
            test = subprocess.Popen([binary, *arguments], cwd=folder, env=env, stdout=log, stderr=log,
                                    start_new_session=True)
            deadline = time.monotonic() + timeout
            while (code := test.poll()) is None and time.monotonic() < deadline and not has_failed(log.name):
                time.sleep(0.05)
            if code is None:
                os.killpg(test.pid, signal.SIGKILL)
                test.wait()
            if code != 0:
                return False
    return True


def equivalents():
    """The listed mutants: a line `FILE: MUTANT | SOURCE LINE`, and below, indented, the reason."""
    listed, last = {}, None
    for line in EQUIVALENT.read_text().splitlines():
        if line.startswith(" ") and last:
            listed[last] += line.strip()
        elif line and not line.startswith("#"):
            last = line
            listed[last] = ""
    if reasonless := [key for key, reason in listed.items() if not reason]:
        sys.exit("without a reason: " + "\n".join(reasonless))
    return set(listed)


def test_group(packages, folder, targets, arguments, files):
    package = " ".join(packages)
    mutants, sources = listed_mutants(files)
    print(f"{package}: {len(mutants)} mutants in {len(files)} files", flush=True)
    try:
        started = time.monotonic()
        binaries = build(packages, targets, mutants, sources)
        print(f"{package}: built in {time.monotonic() - started:.0f} s", flush=True)
        seconds = []
        for binary in binaries:
            started = time.monotonic()
            if not passes([binary], TREE / folder, arguments, None, [1800]):
                sys.exit(f"{package}: a test fails without a mutant: {WORK}/log-none.txt")
            seconds.append(time.monotonic() - started)
        # A mutant may not end. The tests take longer beside those of another one.
        timeouts = [max(20, 4 * each) for each in seconds]
        print(f"{package}: the tests take {', '.join(f'{each:.0f}' for each in seconds)} s", flush=True)

        def run(mutant):
            path = pathlib.Path(mutant.file)
            near = [f"{path.stem}::", f"{path.parent.name}::"]
            fast = [*arguments, *(f"--skip={name}" for name in SLOW)]
            stages = [*fast, *near], fast, [*arguments, *SLOW]
            survives = all(passes(binaries, TREE / folder, stage, mutant, timeouts) for stage in stages)
            mutant.state = "survived" if survives else "caught"
            if mutant.state == "survived":
                print(f"line {mutant.line}: {mutant.key}", flush=True)

        viable = [each for each in mutants if each.function and each.state != "unviable"]
        with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("MUTANTS_JOBS", os.cpu_count()))) as pool:
            list(pool.map(run, viable))
    finally:
        for file, source in sources.items():
            (TREE / file).write_text(source)
    return mutants


def main():
    known = equivalents()
    WORK.mkdir(parents=True, exist_ok=True)
    TREE.mkdir(exist_ok=True)
    copy_tree()
    version = cargo("mutants", "--version", check=False, capture_output=True).stdout.strip()
    if version != f"cargo-mutants {VERSION}":
        cargo("install", "--quiet", "--locked", "--debug", "--config", 'profile.dev.package."*".opt-level=0',
              f"cargo-mutants@{VERSION}")
    paths = [path.rstrip("/") for path in sys.argv[1:]]
    done = []
    groups = [(packages, folder, f"{folder}/src" if folder else "src", names.split(), targets, arguments)
              for packages, folder, names, targets, arguments in GROUPS]
    listed = {f"{source}/{name}.rs" for _, _, source, names, _, _ in groups for name in names}
    others = {path for path in paths if path.endswith(".rs") and path not in listed}
    for packages, folder, source, names, targets, arguments in groups:
        files = [f"{source}/{name}.rs" for name in names]
        if paths:
            files = [file for file in files if any(file == path or file.startswith(path + "/") for path in paths)]
            own = {path for path in others if path.startswith(source + "/")}
            files += sorted(own)
            others -= own
        if files:
            done += test_group(packages, folder, targets, arguments, files)
    if not done:
        sys.exit(f"no file of this package: {' '.join(paths)}")

    is_good = True
    print(f"\n{'file':40} {'mutants':>8} {'caught':>8} {'equivalent':>11} {'survived':>9} {'%':>4} {'not tried':>10}")
    for file in dict.fromkeys(mutant.file for mutant in done):
        of_file = [each for each in done if each.file == file]
        tried = [each for each in of_file if each.state in ("caught", "survived")]
        survived = [each for each in tried if each.state == "survived"]
        new = [each for each in survived if each.key not in known]
        print(f"{file:40} {len(tried):8} {len(tried) - len(survived):8} {len(survived) - len(new):11} {len(new):9} "
              f"{100 * len(new) // max(1, len(tried)):4} {len([each for each in of_file if not each.function]):10}")
        for mutant in new:
            print(f"  survived, line {mutant.line}: {mutant.key}")
        stale = known & {each.key for each in tried if each.state == "caught"} - {each.key for each in survived}
        gone = {key for key in known if key.startswith(file + ": ")} - {each.key for each in done}
        for key in stale | gone:
            print(f"  listed, but {'caught' if key in stale else 'there is none'}: {key}")
        is_good &= not (new or stale or gone)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
