import pytest

from metanet_tf.experiments.scheduler import seconds_left, work_through


class Job:
    def __init__(self, title, done=False, seconds=None):
        self.title, self.done, self.known_seconds = title, done, seconds
        self.times = 0

    def is_done(self):
        return self.done

    def seconds(self):
        return self.known_seconds

    def do(self):
        self.times += 1
        self.done = True
        self.known_seconds = 30.0


class OtherJob(Job):
    pass


def test_only_what_is_left_is_done_and_reported(capsys):
    jobs = [Job("a", done=True), Job("b"), Job("c")]
    reports = []
    work_through(jobs, lambda: reports.append([job.times for job in jobs]))
    assert reports == [[0, 1, 0], [0, 1, 1]]
    assert capsys.readouterr().err.splitlines() == [
        "[2/3] b; time left unknown so far",
        "[3/3] c; about 30 s left",
    ]


def test_jobs_done_before_tell_how_long_others_take(capsys):
    work_through([Job("a", done=True, seconds=20.0), Job("b"), Job("c")], lambda: None)
    assert "[2/3] b; about 40 s left" in capsys.readouterr().err


def test_job_that_has_become_needless_is_left_out(capsys):
    last = Job("last")
    first = Job("first")
    first.do = lambda: setattr(last, "done", True)
    work_through([first, last], lambda: None)
    assert last.times == 0
    assert "last" not in capsys.readouterr().err


def test_interrupted_job_is_not_reported_as_done():
    def interrupt():
        raise KeyboardInterrupt

    job, reports = Job("a"), []
    job.do = interrupt
    with pytest.raises(KeyboardInterrupt):
        work_through([job], lambda: reports.append(1))
    assert not reports


def test_time_left_is_what_jobs_say_or_the_mean_of_their_kind():
    pending = [Job("a", seconds=5.0), Job("b"), OtherJob("c")]
    durations = {Job: [1.0, 3.0], OtherJob: [10.0]}
    assert seconds_left(pending, durations) == (17.0, True)


def test_time_that_nobody_knows_comes_on_top(capsys):
    work_through([Job("a", seconds=600.0), OtherJob("b")], lambda: None)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "[1/2] a; more than 10 min left"
    assert second == "[2/2] b; time left unknown so far"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(45.0, "45 s"), (600.0, "10 min"), (4 * 3600.0, "4.0 h")],
)
def test_time_left_is_shown_in_a_unit_that_suits_it(seconds, shown, capsys):
    work_through([Job("a", seconds=seconds)], lambda: None)
    assert f"about {shown} left" in capsys.readouterr().err
