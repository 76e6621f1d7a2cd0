"""`liuli train`: from a data set or a table to a run folder with a network and its report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ..data.photo import Digit
from ..errors import CommandError
from ..optim.lr_scheduler import CosineAnnealingLR
from ..report import verdict, write_report
from ..report.advice import command_with
from ..rng import default_generator
from ..train import JSONLog, LRSchedule, ModelCheckpoint, Trainer
from ..train.checkpoint import newest_checkpoint
from ..train.lock import RunLock
from ..train.signals import Interrupted
from . import machine, runs
from .arguments import Arguments
from .console import speaking
from .cores import cores_for
from .gathering import gather, layers_of, products_of, results_of
from .guard import CTRL_C, DONE, TERMINATED, Terminated
from .networks import build, is_file, parted, tried, users_code
from .program import quoted, spelled
from .progress import shown
from .runs import Run
from .seeing import keep_first
from .settings import Settings, completed, given
from .sources import Source, examples, picture_size, source_of
from .stopping import Patience, tell_broken, tell_whole
from .words import plainly, say

PAUSE = 1.0  # seconds between two checkpoints: epochs of milliseconds would only write them


class Training(NamedTuple):
    """All parts of a training that is about to begin, or to go on."""

    run: Run
    source: Source
    trainer: Trainer
    file: Path | None  # the user's, where an error may come from
    quiet: bool

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(p.numel() for p in self.trainer.model.parameters())

    def cores(self) -> AbstractContextManager[None]:
        """Inside, as many threads work as suit this network."""
        layers = layers_of(self.trainer.model, examples(self.source, 1))
        return cores_for(products_of(layers), self.run.settings.batch_size)


def command(arguments: Arguments) -> int:
    """Train, and write the run folder."""
    if arguments.places:
        word = arguments.places[0]
        raise CommandError("LL983", command="train", word=repr(word), near=f"--data {quoted(word)}")
    quiet = arguments.get("quiet") is not None
    if "resume" in arguments.options:
        with spoken_by(runs.opened(arguments.options["resume"]), arguments) as language:
            return _trained(_resumed, arguments._replace(language=language), quiet)
    return _trained(_begun, arguments, quiet)


def spoken_by(run: Run, arguments: Arguments) -> AbstractContextManager[str]:
    """Inside, words are in the language that the run was begun with, unless --lang says another."""
    own = None if "lang" in arguments.options else run.facts.get("language")
    return speaking(own) if own in ("en", "zh") else nullcontext(arguments.language)


def _trained(started: Callable[..., AbstractContextManager[Training]], arguments: Arguments,
             quiet: bool) -> int:  # fmt: skip
    """The exit code of a training, whichever way it ends."""
    with started(arguments, quiet) as training, training.cores():
        patience = Patience()
        try:
            with patience.heard():
                try:
                    _fit(training, patience)
                except Interrupted as end:
                    tell_whole(training.run, training.trainer)
                    return TERMINATED if end.signal == "SIGTERM" else CTRL_C
            _finish(training, arguments.language)
        except KeyboardInterrupt as end:
            tell_broken(training.run, training.trainer)
            return TERMINATED if isinstance(end, Terminated) else CTRL_C
    return DONE


# --- the two beginnings ---------------------------------------------------------------------------
@contextmanager
def _begun(arguments: Arguments, quiet: bool) -> Iterator[Training]:
    """A new run: its folder is made when data and network are known to fit."""
    asked = given(arguments)
    settings = completed(asked)
    source = source_of(settings)
    default_generator.manual_seed(settings.seed)
    model = tried(build(settings.model, source.sizes), settings.model, source)
    folder = runs.new_folder(arguments.get("out"))
    try:
        with RunLock(folder):
            eager = "eager" in arguments.options
            run = runs.begin(folder, settings, source, given=sorted(asked), eager=eager,
                             language=arguments.options.get("lang", "").lower(),
                             command=spelled(["train", *arguments.words]))  # fmt: skip
            keep_first(run, model, picture_size(source))
            trainer = _trainer(settings, model, source, eager)
            training = Training(run, source, trainer, _users_file(settings.model), quiet)
            if not quiet:
                _introduce(training)
            yield training
    except BaseException:
        runs.discard(folder)
        raise


@contextmanager
def _resumed(arguments: Arguments, quiet: bool) -> Iterator[Training]:
    """A run that goes on. Errors: LL986, LL987, LL997 if it cannot."""
    path = arguments.options["resume"]
    run = runs.opened(path)
    _agree(run, arguments)
    settings = run.settings
    with run.lock():
        source = source_of(replace(settings, data=run.facts["data_file"] or settings.data))
        if source.sha256 != run.facts["sha256"]:
            raise CommandError("LL997", path=settings.data, run=path)
        default_generator.manual_seed(settings.seed)
        model = tried(build(run.model, source.sizes), run.model, source)
        eager = bool(run.facts.get("eager")) or "eager" in arguments.options
        trainer = _trainer(settings, model, source, eager)
        training = Training(run, source, trainer, _users_file(run.model), quiet)
        if not quiet:
            _introduce(training)
        if newest_checkpoint(run.checkpoints) is not None:
            trainer.load_checkpoint(run.checkpoints)
        yield training


def _agree(run: Run, arguments: Arguments) -> None:
    """Whether the options say what the run was begun with. Errors: LL987."""
    own = run.settings.to_json()
    for key, value in given(arguments).items():
        same_file = key == "data" and str(Path(value).resolve()) == run.facts["data_file"]
        if value != own[key] and not same_file:
            raise CommandError(
                "LL987",
                option="--" + key.replace("_", "-"),
                value=value,
                own=own[key],
                path=run.folder,
                fix=_anew(run, {key: value}),
            )
    if "out" in arguments.options and Path(arguments.options["out"]) != run.folder:
        raise CommandError("LL987", option="--out", value=arguments.options["out"],
                           own=run.folder, path=run.folder,
                           fix=spelled(["train", "--resume", str(run.folder)]))  # fmt: skip


def _anew(run: Run, changed: dict[str, Any]) -> str:
    """The command of a new run with the settings of this one, but for what is to change."""
    own = run.settings.to_json()
    options = {name: own[name] for name in run.facts.get("given", ())} | changed
    words = [word for name, value in options.items()
             for word in (f"--{name.replace('_', '-')}", f"{value}")]  # fmt: skip
    return spelled(["train", *words])


def _trainer(settings: Settings, model: Any, source: Source, eager: bool) -> Trainer:
    classify = bool(source.classes)
    loss, metrics = ("cross_entropy", ["accuracy"]) if classify else ("mse", ["mae", "r2"])
    return Trainer(model, loss, settings.optimizer, metrics=metrics, lr=settings.lr,
                   seed=settings.seed, compile=False if eager else "auto")  # fmt: skip


def _introduce(training: Training) -> None:
    """What is going to happen, before it does."""
    run, source, settings = training.run, training.source, training.run.settings
    print(say("data", data=settings.data, train=len(source.train), test=len(source.test)))
    for note in source.notes:
        print(say("note", note=note))
    if settings.is_table and settings.target is None and source.recipe:
        other = source.recipe.columns[-1].name
        again = spelled(["train", "--data", settings.data, "--target", other])
        print(say("other_target", command=again))
    print(say("network", model=settings.model, parameters=training.parameters))
    print(say("plan", **settings.to_json()))
    if source.recipe and not source.classes:
        print(say("measures", target=source.recipe.target))
    print(say("folder", folder=run.folder), flush=True)


# --- the training ---------------------------------------------------------------------------------
def _fit(training: Training, patience: Patience) -> None:
    """The training itself: `Trainer.fit`, with what watches it."""
    run, settings = training.run, training.run.settings
    schedule = CosineAnnealingLR(training.trainer.optimizer, T_max=settings.epochs)
    callbacks = [
        patience,
        LRSchedule(schedule),
        JSONLog(run.history),
        ModelCheckpoint(run.checkpoints, pause=PAUSE),
        shown(scale=training.source.scale, quiet=training.quiet),
    ]
    with users_code(training.file):
        training.trainer.fit(
            training.source.train,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            validation_data=training.source.test,
            callbacks=callbacks,
        )


def _users_file(model: str) -> Path | None:
    """The file that a network comes from, if it comes from one."""
    return parted(model)[0] if is_file(model) else None


# --- the end --------------------------------------------------------------------------------------
def _finish(training: Training, language: str) -> None:
    """Write the network, the results and the report, and say what was reached and what is next."""
    run = training.run
    run.keep(training.trainer.model)
    following = _next(training)
    facts = gather(training.trainer, training.source, run, [command for _, command in following])
    results = results_of(facts, training.source, run)
    how = training.trainer.compiled
    results |= {} if how is None else {"compiled": how}  # None: nothing was left to train
    run.write("results.json", results | {"versions": _versions()})
    report = run.folder / "report.html"
    write_report(report, facts, language=language)
    print(_reached(results, training.source))
    found = verdict(facts)
    if found is not None:
        print(say(f"verdict_{found.kind}", **found._asdict(), lr=run.settings.lr))
        print("  " + command_with(facts))
    print(say("report", path=report.resolve().as_uri()))
    if training.quiet:
        return
    print("\n" + say("next"))
    for name, command in following:
        print(f"  {command}\n      {say(name)}")


def _versions() -> dict[str, str]:
    found = machine.versions()
    return {"liuli": machine.version(), **{name: found[name] for name in found if found[name]}}


def _reached(results: dict[str, Any], source: Source) -> str:
    """The result in a sentence."""
    count, seconds = len(source.test), results["seconds"]
    if source.classes:
        accuracy = results["test_accuracy"]
        return say("accuracy", accuracy=accuracy, right=round(accuracy * count), count=count,
                   seconds=seconds)  # fmt: skip
    return say("errors", mae=plainly(results["test_mae"]), r2=results["test_r2"], count=count,
               seconds=seconds, target=results["target"])  # fmt: skip


def _next(training: Training) -> list[tuple[str, str]]:
    """What to do next: the names of sentences, and commands."""
    folder, settings = str(training.run.folder), training.run.settings
    if settings.is_table:
        again = ("next_sample", spelled(["train"]))
        return [("next_table", spelled(["predict", folder, say("your_new_table")])), again]
    found = [("next_own", spelled(["train", "--data", say("your_table")]))]
    if settings.data != "mnist":
        found.insert(0, ("next_mnist", spelled(["train", "--data", "mnist"])))
    if settings.data != "fashion-mnist":
        found.insert(0, ("next_image", spelled(["predict", folder, str(_sample(training))])))
    found.insert(1, ("next_show", spelled(["show", folder])))
    return found


def _sample(training: Training) -> Path:
    """A test digit as a picture in the run folder, so that there is one to predict at once."""
    path = training.run.folder / "digit.png"
    Digit(training.source.test.inputs[0], [], size=(28, 28)).png(path)
    return path
