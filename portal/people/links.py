"""Secure ticket links and magic links: made, checked, used, revoked (product.md section 4, reliability.md S4).

Only hashes are stored. A ticket link lasts 90 days and may be opened often; a sign-in link lasts 15 minutes and is
used up by the press of its button, never by being fetched.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from portal.core.database import db, transaction
from portal.core.tokens import new_token, token_hash
from portal.people.models import AccessLink, PersonAddress, WebSession

TICKET_LINK_LASTS = timedelta(days=90)
SIGN_IN_LINK_LASTS = timedelta(minutes=15)


def _main_address_id(person_id: int) -> int | None:
    return db.session.execute(
        select(PersonAddress.id).where(PersonAddress.person_id == person_id, PersonAddress.is_main)
    ).scalar()


def make_ticket_link(
    ticket_id: int, person_id: int, *, now: datetime, is_mailed: bool = False, address_id: int | None = None
) -> str:
    """Make a secure link to one ticket for one person and give its token, which is stored nowhere.

    `is_mailed` only when the token leaves in a letter to the person's address: using it then proves the address.
    """
    return _make_link("ticket", person_id, ticket_id, now, TICKET_LINK_LASTS, is_mailed, address_id)


def make_sign_in_link(person_id: int, *, now: datetime, address_id: int | None = None) -> str:
    """Make a magic link that signs the person in to all own tickets; gives its token."""
    return _make_link("sign-in", person_id, None, now, SIGN_IN_LINK_LASTS, True, address_id)


def _make_link(
    purpose: str,
    person_id: int,
    ticket_id: int | None,
    now: datetime,
    lasts: timedelta,
    is_mailed: bool,
    address_id: int | None,
) -> str:
    token = new_token()
    with transaction():
        db.session.add(
            AccessLink(
                token_hash=token_hash(token),
                purpose=purpose,
                person_id=person_id,
                ticket_id=ticket_id,
                address_id=address_id or _main_address_id(person_id),
                is_mailed=is_mailed,
                created_at=now,
                expires_at=now + lasts,
            )
        )
    return token


def find_link(token: str, purpose: str, *, now: datetime) -> AccessLink | None:
    """The living link of a token for this purpose; None when it is forged, expired, used up or revoked."""
    if not token or len(token) > 200:
        return None
    return db.session.execute(
        select(AccessLink).where(
            AccessLink.token_hash == token_hash(token),
            AccessLink.purpose == purpose,
            AccessLink.expires_at > now,
            AccessLink.used_at.is_(None),
            AccessLink.revoked_at.is_(None),
        )
    ).scalar()


def use_up(link: AccessLink, *, now: datetime) -> bool:
    """Mark a sign-in link as used; False when somebody else was quicker. Call inside `transaction()`."""
    statement = update(AccessLink).where(AccessLink.id == link.id, AccessLink.used_at.is_(None)).values(used_at=now)
    return db.session.execute(statement.returning(AccessLink.id)).first() is not None


def prove_address(address_id: int, *, now: datetime) -> None:
    """Remember that mail to this address reached its person. Call inside `transaction()`."""
    db.session.execute(
        update(PersonAddress)
        .where(PersonAddress.id == address_id, PersonAddress.proven_at.is_(None))
        .values(proven_at=now)
    )


def revoke_ticket_links(ticket_id: int, *, now: datetime) -> int:
    """Revoke every living secure link of a ticket and end the sessions they opened; gives how many links."""
    with transaction():
        revoked = db.session.execute(
            update(AccessLink)
            .where(
                AccessLink.ticket_id == ticket_id,
                AccessLink.purpose == "ticket",
                AccessLink.revoked_at.is_(None),
                AccessLink.expires_at > now,
            )
            .values(revoked_at=now)
            .returning(AccessLink.id)
        ).all()
        db.session.execute(delete(WebSession).where(WebSession.ticket_id == ticket_id))
    return len(revoked)


def revoke_links_of(person_id: int, *, now: datetime) -> None:
    """Revoke every living link of a person (password or address changed, cases C46)."""
    with transaction():
        db.session.execute(
            update(AccessLink)
            .where(AccessLink.person_id == person_id, AccessLink.revoked_at.is_(None))
            .values(revoked_at=now)
        )
