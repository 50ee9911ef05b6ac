"""What to install: the package, its requirements, its commands."""

from setuptools import find_packages, setup

REQUIREMENTS = [
    "absl-py>=2.0",
    "filelock>=3.15",
    "importlib_resources>=6.0",  # tensorflow-datasets imports it undeclared.
    "keras>=3.5",
    "matplotlib>=3.8",
    "numpy>=1.26",
    "pillow>=10.3",
    "scikit-learn>=1.6",  # validate_data
    "scipy>=1.11",
    "tensorboard>=2.18",  # To look at a run; TensorFlow >= 2.21 does not bring it.
    "tensorflow>=2.21",  # decode_webp
    "tensorflow-datasets>=4.9.7",
    "tqdm>=4.66",
]

EXTRAS = {
    "demo": ["starlette>=0.40", "uvicorn>=0.30"],  # bin/demo
    "heif": ["pillow-heif>=0.16"],  # To read HEIC pictures, as iPhones take them.
    "gpu": ["tensorflow[and-cuda]>=2.21"],
    "litert": ["ai-edge-litert>=2.0"],  # Runs what bin/export --litert writes.
    "peers": ["torch==2.13.0"],  # What benchmarks/ compares with.
    "serve": [  # bin/serve
        "anyio>=4.0",
        "prometheus-client>=0.20",
        "protobuf>=5.26",
        "starlette>=0.40",
        "uvicorn>=0.54",  # The supervisor's arguments.
    ],
    "test": [
        "ai-edge-litert>=2.0",
        "anyio>=4.0",
        "hypothesis>=6.100",
        "mypy>=1.13",
        "pandas>=2.0",  # Labels and tables that scikit-learn's users have.
        "pillow-heif>=0.16",
        "prometheus-client>=0.20",
        "pytest>=8.0",
        "ruff>=0.8",
        "selenium>=4.20",  # Tests bin/demo in Chromium, where that is installed.
        "starlette>=0.40",
        "uvicorn>=0.54",
    ],
}

PACKAGE_DATA = {
    "metanet_tf": [
        "demo/static/*",
        "presets/*.flags",
        "datasets/*.txt",
        "pretrained/*/*.json",
        "pretrained/*/*.h5",
        "pretrained/*/*.md",
        "pretrained/*/SHA256SUMS",
    ]
}

COMMANDS = {
    "metanet-train": "metanet_tf.commands.train:main",
    "metanet-evaluate": "metanet_tf.commands.evaluate:main",
    "metanet-export": "metanet_tf.commands.export:main",
    "metanet-classify": "metanet_tf.commands.classify:main",
    "metanet-demo": "metanet_tf.commands.demo:main",
    "metanet-serve": "metanet_tf.commands.serve:main",
    "metanet-publish": "metanet_tf.commands.publish:main",
    "metanet-benchmark": "metanet_tf.commands.benchmark:main",
    "metanet-experiment": "metanet_tf.commands.experiment:main",
}

setup(
    name="metanet_tf",
    version="0.1.0",
    description="Meta Networks (Munkhdalai & Yu, 2017) in TensorFlow and Keras 3",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=["metanet_tf", "metanet_tf.*"]),
    package_data=PACKAGE_DATA,
    install_requires=REQUIREMENTS,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [f"{name}={main}" for name, main in COMMANDS.items()]
    },
)
