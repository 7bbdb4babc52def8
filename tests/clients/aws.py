"""Clients of AWS, pointed at a server of ours."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config

from tidegate import PATIENCE_S

ROLE = "arn:aws:iam::000000000000:role/any"
REGION = "eu-west-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": REGION}


def client(server, service, region=REGION, account="any"):
    """boto3's client, with nothing set but where the server is and that it has one name for all."""
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="any",
        config=Config(inject_host_prefix=False, read_timeout=PATIENCE_S, retries={"max_attempts": 0}),
    )


def awscli(server, *arguments, code=0):
    """What the AWS command line prints, read as JSON."""
    command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", server.url, "--output", "json"]
    environment = {**os.environ, **CREDENTIALS, "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        command + list(arguments), env=environment, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else None


def archive(**files):
    """A zip archive of Python modules: `archive(handler="def …")`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            zipped.writestr(f"{name}.py", text)
    return content.getvalue()
