"""What the backbones are called that need not be imported."""

DEFAULT_NAME = "default"
STUDIO_NAME = "studio"
RANDOM_NAME = "random"
VGG_M_NAME = "vgg-m"
