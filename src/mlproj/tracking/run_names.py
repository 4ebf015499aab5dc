"""Names for runs and models that were given none."""

import secrets

ADJECTIVES = (
    "amber ample arctic autumn bashful bold brave breezy bright brisk bronze calm careful cheery clever coral cosmic"
    " cozy crisp curious dapper daring deft eager early earnest easy fair fancy fleet fond frosty gentle gilded glad"
    " golden grand hardy hazel hidden honest humble indigo ivory jolly keen kind lively lucid lunar mellow merry mighty"
    " misty modest neat nimble noble opal patient plucky polar proud quick quiet rapid ruby rustic sage scarlet serene"
    " sharp silent silver sleek smooth snowy solar spry steady stellar sunny swift tidy tranquil trusty upbeat velvet"
    " vivid warm wise witty zesty"
)
NOUNS = (
    "alder anchor aspen badger beacon birch bison brook canyon cedar cliff comet condor coral crane creek cricket delta"
    " dolphin dune eagle egret elm ember falcon fern finch fjord forest fox gazelle geyser glacier grove gull harbor"
    " heron hill ibex iris island jackal juniper kestrel lagoon lark lemur lynx maple marlin meadow mesa moose nebula"
    " newt ocean orca orchid osprey otter owl panda pebble pine plover poplar prairie quail quasar rabbit raven reef"
    " ridge river robin salmon sparrow spruce squid stork summit swan tern thrush tiger trout tulip valley walnut"
    " walrus willow wren yak zebra"
)


def invent_name() -> str:
    """An adjective, a noun and a number, as in `brave-otter-417`."""
    return f"{secrets.choice(ADJECTIVES.split())}-{secrets.choice(NOUNS.split())}-{secrets.randbelow(1000):03}"
