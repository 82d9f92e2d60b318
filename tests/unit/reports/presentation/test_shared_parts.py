"""The texts and documents that several reports share: the same figure looks the same in all."""

from queuetwin.model.estimation.slo_judgement import Decision, Judged, judge
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.slo import Slo
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.reports.presentation.document import judgement_document, slo_document, slo_documents
from queuetwin.reports.presentation.phrases import judged_text
from queuetwin.reports.presentation.wording import estimate_text, offset_text, range_text

SLO = Slo(measure="response_time.p99", below="30ms")
FIGURE = Estimate(estimate=0.02, low=0.018, high=0.0225)


def test_an_estimate_without_bounds_shows_none() -> None:
    bare = Estimate(estimate=1.5)
    assert estimate_text("response_time", bare) == "1.500 s"
    assert range_text("response_time", bare) == ""
    assert offset_text(bare) == "-"
    assert bare.to_dict() == {"estimate": 1.5, "low": None, "high": None}


def test_bounds_in_another_unit_keep_theirs() -> None:
    """A second is not said to be a millisecond: only a unit that is shared is left out."""
    wide = Estimate(estimate=1.2, low=0.9, high=1.6)
    assert estimate_text("response_time", wide) == "1.200 s (900.00 ms to 1.600)"


def test_a_limit_reads_as_its_figure() -> None:
    judged = Judged(slo=SLO, decision=Decision.MET, figure=FIGURE)
    assert judged_text(judged) == estimate_text(SLO.measure, FIGURE) == "20.00 ms (18.00 to 22.50)"


def test_one_document_of_an_slo_in_every_report() -> None:
    """Comparisons, checks, plans and sweeps write an SLO with the same keys."""
    scenario = Scenario.from_dict({
        "items": 100, "arrivals": {"process": "poisson", "rate": "5/s"}, "workers": {"count": 1},
        "service": {"distribution": "exponential", "mean": "10ms"},
        "slo": [{"measure": "response_time.p99", "below": "1s"}],
    })  # fmt: skip
    judgement = judge(scenario, scenario.slo)
    (document,) = slo_documents(judgement)
    (judged,) = judgement.limits
    assert judgement_document(judgement)["slos"] == [document]
    assert document.pop("share_above") == (judged.share_above or FIGURE).to_dict()
    assert document == slo_document(
        judged.slo, judged.decision.value, judged.figure, judged.allowed
    )
    assert document["below"] == "1s"
