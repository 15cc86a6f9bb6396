import re

import pytest

from driver.aws.registries import ACCOUNTS, image_uri
from driver.errors import DriverError


def test_all_regions_have_an_account_of_their_own():
    assert len(ACCOUNTS) == len(set(ACCOUNTS.values())) == 37
    assert all(re.fullmatch("[0-9]{12}", account) for account in ACCOUNTS.values())


@pytest.mark.parametrize(
    ("region", "uri"),
    [
        ("us-east-1", "811284229777.dkr.ecr.us-east-1.amazonaws.com/blazingtext:1"),
        ("ap-northeast-3", "867004704886.dkr.ecr.ap-northeast-3.amazonaws.com/blazingtext:1"),
        ("us-gov-west-1", "226302683700.dkr.ecr.us-gov-west-1.amazonaws.com/blazingtext:1"),
        ("cn-north-1", "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/blazingtext:1"),
        ("us-iso-east-1", "490574956308.dkr.ecr.us-iso-east-1.c2s.ic.gov/blazingtext:1"),
        ("us-isob-east-1", "765400339828.dkr.ecr.us-isob-east-1.sc2s.sgov.gov/blazingtext:1"),
        ("us-isof-south-1", "124985052026.dkr.ecr.us-isof-south-1.csp.hci.ic.gov/blazingtext:1"),
    ],
)
def test_image_of_a_region(region, uri):
    assert image_uri(region) == uri


@pytest.mark.parametrize(
    ("region", "named"),
    [("eu-west1", "did you mean eu-west-1"), ("EU-WEST-3", "did you mean eu-west-3"), ("mars", "choose from af-")],
)
def test_an_unknown_region_is_refused_with_the_nearest(region, named):
    with pytest.raises(DriverError, match=named):
        image_uri(region)
