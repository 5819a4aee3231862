"""A Jupyter kernel of our own interpreter that cannot outlive us, and whose death is noticed."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

_QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "GRPC_VERBOSITY": "ERROR",
    "GLOG_minloglevel": "3",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONUNBUFFERED": "1",
    # several kernels may share one GPU: take memory as it is needed
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}
# What C++ libraries write past Python goes to our log: TensorFlow greets on stderr whatever its log level is.
_ARGUMENTS = ["--HistoryManager.hist_file=:memory:", "--IPKernelApp.capture_fd_output=False"]
_LONGEST_SOCKET = 90  # a Unix socket's path is limited to some 100 bytes


class OwnInterpreter(KernelSpecManager):
    """Knows one kernel: the interpreter that runs us, whatever kernelspecs are installed."""

    def get_kernel_spec(self, kernel_name):
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="dlcourse", language="python")


def kernel_environment(scratch):
    """Variables for a kernel: ours, made quiet, with progress and IPython's own files kept in the folder `scratch`."""
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    for key, value in _QUIET.items():
        environment.setdefault(key, value)
    scratch = Path(scratch)
    environment |= {"DLCOURSE_PROGRESS": str(scratch / "progress.json"), "IPYTHONDIR": str(scratch / "ipython")}
    return environment


class Kernel:
    """Start, watch and stop one kernel; its files live in a folder that goes with it.

    `manager` is the `AsyncKernelManager` that nbclient works with. `stop` ends the kernel's whole process group.
    """

    def __init__(self, working_directory):
        self.working_directory = str(working_directory)
        self.scratch = Path(tempfile.mkdtemp(prefix="dlcourse-"))
        self.manager = AsyncKernelManager(
            kernel_spec_manager=OwnInterpreter(), connection_file=str(self.scratch / "kernel.json")
        )
        if os.name == "posix" and len(str(self.scratch)) < _LONGEST_SOCKET:
            self.manager.transport = "ipc"  # no port to lose to another program between choosing and binding it
        self._process = None

    async def start(self):
        """Launch the process; it is not yet ready to answer."""
        with open(self.scratch / "stderr.txt", "wb") as log:
            await self.manager.start_kernel(
                cwd=self.working_directory,
                env=kernel_environment(self.scratch),
                extra_arguments=_ARGUMENTS,
                stdout=log,
                stderr=log,
            )
        self._process = self.manager.provisioner.process

    async def died(self):
        """Return, once the process has ended, how it ended, in words."""
        while (code := self._process.poll()) is None:
            await asyncio.sleep(0.1)
        if code >= 0:
            return f"its process exited with code {code}"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        advice = "; was memory short?" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{advice}"

    async def stop(self):
        """End the process and all it started, at once, and remove its files. May be called twice."""
        provisioner = self.manager.provisioner
        process, group = getattr(provisioner, "process", None), getattr(provisioner, "pgid", None)
        if group and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        elif process is not None:
            process.kill()
        if process is not None:
            process.wait()
            with contextlib.suppress(RuntimeError):
                await self.manager.shutdown_kernel(now=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
