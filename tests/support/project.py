"""Where the project is, and the recorded requests that are kept beside it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AZURE_REQUESTS = ROOT.parent / "shared" / "data" / "azure_llm_2023_conv.csv"
needs_azure_requests = pytest.mark.skipif(
    not AZURE_REQUESTS.exists(), reason=f"the data are kept beside the project: {AZURE_REQUESTS}"
)
