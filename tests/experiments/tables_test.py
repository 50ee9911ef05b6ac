def paper_numbers(experiment):
    return {(*map(str, m.labels.values()),): m.paper for m in experiment.measurements}


def test_table1_tests_each_variant_as_it_was_trained(declare):
    experiment = declare("table1")
    assert len(experiment.runs) == len(experiment.measurements) == 12
    assert paper_numbers(experiment)["MetaNet+", "15"] == 96.48
    for measurement in experiment.measurements:
        assert measurement.task == measurement.run.config.episode
        assert measurement.task.n_way == measurement.labels["ways"]


def test_table3_is_on_the_standard_split(declare):
    experiment = declare("table3")
    assert paper_numbers(experiment)["MetaNet", "20"] == 95.92
    splits = {m.data.class_split for m in experiment.measurements}
    assert splits == {"standard"}
    assert experiment.runs[0].name == "tiny_standard_metanet_5way"


def test_table4_tests_each_run_on_all_numbers_of_ways(declare):
    experiment = declare("table4")
    assert (len(experiment.runs), len(experiment.measurements)) == (4, 16)
    assert paper_numbers(experiment)["20-way", "5-way"] == 99.55
    assert paper_numbers(experiment)["5-way", "20-way"] == 93.07
    for measurement in experiment.measurements:
        trained, tested = measurement.labels.values()
        assert f"{measurement.run.config.episode.n_way}-way" == trained
        assert f"{measurement.task.n_way}-way" == tested


def test_table4_shares_its_runs_and_some_measurements_with_table1(declare):
    def keys(name):
        measurements = declare(name).measurements
        return {(m.run.config, m.name) for m in measurements}

    assert len(keys("table4") & keys("table1")) == 4
