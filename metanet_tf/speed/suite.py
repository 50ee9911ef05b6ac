"""Measures what a benchmark asks for, shows it and returns all figures."""

import dataclasses
from typing import Any

from metanet_tf.config import BenchmarkConfig, DataConfig, ModelConfig
from metanet_tf.data import load_dataset
from metanet_tf.speed import report
from metanet_tf.speed.cases import BenchmarkCase
from metanet_tf.speed.comparison import (
    Efficiency,
    classification_efficiency,
    measure_reference,
    training_efficiency,
)
from metanet_tf.speed.costs import (
    TrainingCost,
    measure_curve,
    measure_memory_course,
    measure_saved_model,
)
from metanet_tf.speed.machine import machine
from metanet_tf.speed.parts import measure_parts
from metanet_tf.speed.timing import Timer, seconds_to_first_step
from metanet_tf.speed.workload import Workload, make_workload

Figures = dict[str, Any]
Step = Efficiency[TrainingCost]


class Suite:
    """The measurements of one process, on drawn glyphs.

    Args:
        config: what is measured.
        model: what the models consist of.
        cases: from `config` and `model`; not empty.
    """

    def __init__(
        self, config: BenchmarkConfig, model: ModelConfig, cases: list[BenchmarkCase]
    ) -> None:
        self._config = config
        self._model = model
        self._cases = cases
        self._classes = load_dataset(DataConfig()).training
        self._timer = Timer(config.repeats, config.seconds)
        # There are many parts, and all are shorter than the whole.
        self._part_timer = Timer(config.repeats, config.seconds / 4)

    def run(self) -> Figures:
        """Measures and shows.

        What takes most memory comes last, because TensorFlow keeps the memory of
        what it did before.

        Returns:
            Figures that JSON can hold.
        """
        figures: Figures = {"machine": machine()}
        print("{processor}, {cores} cores, load {load}".format(**figures["machine"]))
        figures["classification"] = self._classification()
        steps = self._training()
        figures["training"] = list(map(dataclasses.asdict, steps))
        first = self._cases[0].task
        detailed = [x for x in steps if _queries(x) == first.queries_per_class]
        figures["parts"] = [self._parts(step) for step in detailed]
        compared = [x for x in steps if x.case.task == first]
        return figures | self._extras() | self._references(compared)

    def _classification(self) -> list[Figures]:
        results = (
            classification_efficiency(self._workload(case), self._timer)
            for case in self._cases
        )
        return list(map(dataclasses.asdict, report.show_classification(results)))

    def _training(self) -> list[Step]:
        return report.show_training(
            training_efficiency(self._workload(case), self._timer)
            for case in self._cases
        )

    def _parts(self, step: Step) -> Figures:
        parts = measure_parts(self._workload(step.case), self._part_timer)
        report.show_parts(step, parts)
        return {
            "case": dataclasses.asdict(step.case),
            "parts": list(map(dataclasses.asdict, parts)),
        }

    def _references(self, steps: list[Step]) -> Figures:
        if not self._config.reference:
            return {}
        results = report.show_references(
            (step.cost, measure_reference(self._workload(step.case), self._timer))
            for step in steps
        )
        return {"reference": list(map(dataclasses.asdict, results))}

    def _extras(self) -> Figures:
        """Measurements on demand, each of the first case."""
        config = self._config
        figures: Figures = {}
        if config.first_step:
            figures["first_step_seconds"] = seconds_to_first_step()
            report.show_first_step(figures["first_step_seconds"])
        if config.saved_model:
            cost = measure_saved_model(self._first_workload(), self._timer)
            report.show_saved_model(cost)
            figures["saved_model"] = dataclasses.asdict(cost)
        if config.memory_steps:
            course = measure_memory_course(self._first_workload(), config.memory_steps)
            report.show_memory_course(course)
            figures["memory"] = dataclasses.asdict(course)
        if config.curve:
            points = measure_curve(self._classes, self._model, self._timer)
            report.show_curve(points)
            figures["curve"] = list(map(dataclasses.asdict, points))
        return figures

    def _first_workload(self) -> Workload:
        return self._workload(self._cases[0])

    def _workload(self, case: BenchmarkCase) -> Workload:
        return make_workload(self._classes, case)


def _queries(step: Step) -> int:
    return step.case.task.queries_per_class
