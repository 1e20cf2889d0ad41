"""`portal user add`."""

from __future__ import annotations

import sys

import click

from portal.cli.troubles import Trouble
from portal.core.words import _


@click.group()
def user() -> None:
    """Add people who sign in."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(["administrator", "agent", "customer"]), required=True)
@click.option("--department", help="Agents: the primary department. Default: the first one.")
@click.option("--desk-role", help="Agents: the role held there. Default: All access (administrator), Expanded (agent).")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(email: str, name: str, role: str, department: str | None, desk_role: str | None, password_stdin: bool) -> None:
    """Add the person with the address EMAIL."""
    from portal.cli.opening import opened
    from portal.core.clock import utc_now

    if role == "customer" and (department or desk_role):
        raise click.UsageError(_("--department and --desk-role are for agents and administrators."))
    with opened() as app, app.app_context():
        if role == "customer":
            from portal.cli.people import add_customer, check_new_customer

            check_new_customer(email, name)
            add_customer(email, name, password=_password(password_stdin), now=utc_now())
        else:
            from portal.cli.people import add_desk_agent, check_new_agent

            values = check_new_agent(
                email, name, department=department, desk_role=desk_role, is_administrator=role == "administrator"
            )
            add_desk_agent(values, password=_password(password_stdin), now=utc_now())
    click.echo(_("%(name)s <%(email)s> can sign in now.") % {"name": name.strip(), "email": email.strip()})


def _password(from_stdin: bool) -> str:
    if not from_stdin:
        return click.prompt(_("Password"), hide_input=True, confirmation_prompt=_("The same once more"))
    try:
        data = sys.stdin.buffer.readline().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Trouble(_("The password on standard input is not UTF-8.")) from error
    password = data.rstrip("\r\n")
    if not password:
        raise Trouble(_("There is no password on standard input."))
    return password
