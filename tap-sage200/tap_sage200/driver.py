"""Finding an ODBC driver for SQL Server, and saying which package to install where none is."""

from __future__ import annotations

import platform
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tap_sage200.exceptions import DriverMissingError

if TYPE_CHECKING:
    from types import ModuleType

INSTALLED_DRIVER = "ODBC Driver 18 for SQL Server"
_MACHINES = {"amd64": "x86_64", "aarch64": "arm64"}
_FAMILIES = {
    "alpine": ("alpine",),
    "suse": ("suse", "sles", "opensuse"),
    "rhel": ("rhel", "fedora", "centos", "rocky", "almalinux", "ol", "amzn"),
}


# What Microsoft's driver is linked with beside unixODBC.
_LIBRARIES = {
    "debian_ubuntu": "apt-get install libltdl7 libgssapi-krb5-2",
    "rhel": "dnf install libtool-ltdl krb5-libs",
    "alpine": "apk add libltdl krb5-libs",
    "suse": "zypper install libltdl7 krb5",
}


def linux_family(os_release: str) -> str:
    """Return which of Microsoft's builds fits, from the text of ``/etc/os-release``."""
    names = set()
    for key, value in re.findall(r"^(ID|ID_LIKE)=(.*)$", os_release, flags=re.MULTILINE):
        if key:
            names.update(value.strip("\"'").split())
    for family, members in _FAMILIES.items():
        if any(name.startswith(members) for name in names):
            return family
    return "debian_ubuntu"


def bundled_driver(os_release: Path = Path("/etc/os-release")) -> str | None:
    """Return the path of the driver in the wheel ``mssql-python-odbc``; None where it is not."""
    spec = find_spec("mssql_python_odbc")
    if spec is None or spec.origin is None:
        return None
    machine = platform.machine().lower()
    folder = Path(spec.origin).parent / "libs" / "linux" / _family(os_release)
    libraries = sorted((folder / _MACHINES.get(machine, machine) / "lib").glob("libmsodbcsql*"))
    return str(libraries[-1]) if libraries else None


def _family(os_release: Path) -> str:
    return linux_family(os_release.read_text(encoding="utf-8") if os_release.exists() else "")


def driver_not_loaded(words: str, os_release: Path = Path("/etc/os-release")) -> DriverMissingError:
    """Return the sentence for a driver that the driver manager doesn't know or can't load.

    Args:
        words: What the driver manager says, without the password.
        os_release: Where the distribution says its name.
    """
    here = _family(os_release)
    others = "; ".join(words for family, words in _LIBRARIES.items() if family != here)
    return DriverMissingError(
        "The ODBC driver for SQL Server can't be loaded on this machine: a library it needs is "
        f"missing, or its name isn't registered. Install the libraries: {_LIBRARIES[here]} "
        f"(elsewhere: {others}); or check the setting driver. The driver manager says: {words}"
    )


def load_pyodbc() -> ModuleType:
    """Import pyodbc.

    Raises:
        DriverMissingError: If it, or the library it stands on, isn't installed.
    """
    try:
        import pyodbc  # noqa: PLC0415 (only SQL Server needs it)
    except ModuleNotFoundError as error:
        raise DriverMissingError(
            "Reading SQL Server needs the Python package pyodbc: pip install pyodbc."
        ) from error
    except ImportError as error:
        raise DriverMissingError(
            f"pyodbc can't load its system library ({error}). Install unixODBC: "
            "apt-get install unixodbc (Debian, Ubuntu), dnf install unixODBC (Red Hat, Fedora), "
            "apk add unixodbc (Alpine), brew install unixodbc (macOS)."
        ) from error
    # The pool of this process would hand back sessions with another run's lock timeout.
    pyodbc.pooling = False
    return pyodbc  # type: ignore[no-any-return]


def choose_driver(setting: str | None) -> str:
    """Return what goes after ``DRIVER=``: the setting, else the bundled or installed driver.

    Raises:
        DriverMissingError: If a named driver isn't registered on this machine, or its file is gone.
    """
    pyodbc = load_pyodbc()
    if setting is None and (bundled := bundled_driver()) is not None:
        return bundled
    name = setting or INSTALLED_DRIVER
    installed = pyodbc.drivers()
    if name in installed or Path(name).is_file():
        return name
    others = ", ".join(installed) or "none"
    raise DriverMissingError(
        f"ODBC driver {name!r} is not installed on this machine (installed: {others}). Leave the "
        "setting driver empty on Linux to use Microsoft's driver from the Python package "
        "mssql-python-odbc; elsewhere install Microsoft's ODBC Driver 18 for SQL Server, or "
        "FreeTDS (apt-get install tdsodbc)."
    )
