"""What the made-up people write about: scenarios of a bank's help desk. Plain sentences, no Markdown in them."""

from __future__ import annotations

# Prose and lists of names: wrapping them would only make them longer.
# fmt: off
# ruff: noqa: E501
from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """A kind of trouble. Texts may hold {city}, {amount}, {day}, {device} and {code}."""

    topic: str
    department: str
    subjects: tuple[str, ...]
    messages: tuple[str, ...]
    replies: tuple[str, ...]
    notes: tuple[str, ...]
    answers: tuple[str, ...]
    resolution: str
    cause: str
    priorities: tuple[str, ...] = ("normal", "normal", "normal", "low", "high")


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        topic="Online banking", department="Online services",
        subjects=(
            "Online banking is down on {device}", "Cannot reach online banking since {day}",
            "Online banking shows error {code}", "Online banking is very slow in the morning",
        ),
        messages=(
            "Since {day} I cannot open online banking on my {device}. The page stays white and after a minute it says "
            "error {code}.\n\nWe pay our suppliers from this account and need it today.",
            "The sign-in page loads, then nothing happens. I tried two browsers and restarted the {device}. My colleague "
            "in {city} sees the same.",
            "Every morning between eight and nine the account overview takes more than a minute. Later in the day it is "
            "fine again.",
        ),
        replies=(
            "Thank you for telling us. We see error {code} on our side as well and are looking into it. You hear from us "
            "again today.",
            "The fault is in one of the servers that draw the overview. We have taken it out and the others carry on. "
            "Please try again and tell us what you see.",
        ),
        notes=(
            "Gateway log shows {code} for this customer four times since {day}. Same pattern as the reports from {city}.",
            "Checked the deployment list: nothing went out since {day}. Asked operations to look at the second node.",
        ),
        answers=("It works again on my {device}, thank you.", "Better, but the first page is still slow.",),
        resolution="One of the servers behind online banking was faulty. It has been replaced and every page answers again.",
        cause="Disk of the second node was full because log rotation had stopped.",
        priorities=("high", "normal", "urgent", "normal"),
    ),
    Scenario(
        topic="Cards", department="Cards",
        subjects=(
            "Card was declined in {city}", "Replacement card has not arrived", "Card swallowed by the machine in {city}",
            "Payment of {amount} taken twice",
        ),
        messages=(
            "My card was declined in a shop in {city} on {day}, although there is enough money in the account. The "
            "terminal showed {code}.",
            "I ordered a new card two weeks ago and it has not come. Please tell me whether it was sent and to which "
            "address.",
            "On {day} a payment of {amount} euros was taken twice. I have the receipt, it shows one payment only.",
        ),
        replies=(
            "We are sorry about that. The payment system in {city} was away for some minutes on {day}. Your card is fine "
            "and can be used again.",
            "The card was sent on {day}. We have ordered another one by registered letter; it should be with you within "
            "three working days.",
            "We have asked the shop's bank about the second payment of {amount} euros and write again when they answer.",
        ),
        notes=(
            "Terminal answer {code} means issuer not reachable. No block on the card.",
            "Chargeback opened for {amount}, reference kept with the card team.",
        ),
        answers=("Thank you, the card came today.", "The second payment is back in my account now.",),
        resolution="The card works, and what was taken twice has been paid back.",
        cause="Card network was not reachable from the terminals of one acquirer.",
    ),
    Scenario(
        topic="Transfers", department="Online services",
        subjects=(
            "Transfer of {amount} is missing", "Standing order was not carried out on {day}",
            "Upload of the payment file fails with {code}",
        ),
        messages=(
            "I sent {amount} euros on {day} and the receiver has not got it. The overview says carried out.",
            "Our standing order for the rent should have gone out on {day}. It did not, and the landlord is asking.",
            "When I upload our monthly payment file it stops at line forty and says {code}. Nothing in the file has "
            "changed since last month.",
        ),
        replies=(
            "We have found your transfer: it waits at the other bank for a check of the name. We have asked them to let "
            "it through.",
            "The standing order was set to end last month. We have started it again and carried out this month's payment "
            "by hand.",
            "The file has a letter in line forty that the format does not know. Please replace it and upload once more.",
        ),
        notes=(
            "Clearing shows the transfer as accepted on {day}. Waiting for the receiver's bank.",
            "Reproduced {code} with the customer's file in the test system.",
        ),
        answers=("The money has arrived, thank you.", "The file went through this time.",),
        resolution="The payment was carried out and has arrived.",
        cause="Name check at the receiving bank.",
    ),
    Scenario(
        topic="Mobile app", department="Online services",
        subjects=(
            "App asks for the code again and again", "App closes when I open statements",
            "New phone, app does not accept the {device}",
        ),
        messages=(
            "After the update on {day} the app asks for the code each time I change the page. I use a {device}.",
            "When I open the statements the app closes. It happens every time since {day}.",
            "I have a new phone and the app says that it is not registered. The old one is broken.",
        ),
        replies=(
            "Please remove the app from the device list in online banking and register it once more. That ends the loop "
            "of codes.",
            "We have found the fault in the version of {day}. The next version is in the store and opens statements "
            "again.",
        ),
        notes=("Token store of version {code} loses its key on this model.", "Told the app team, they have it already."),
        answers=("Registering again helped.", "The new version works.",),
        resolution="The app was registered again and keeps its code.",
        cause="The update dropped the key that the app keeps on the phone.",
    ),
    Scenario(
        topic="Sign-in and passwords", department="Security",
        subjects=("Locked out after three tries", "I got a strange message about my account", "Change of phone number"),
        messages=(
            "I typed my password wrong and am locked out now. I need the account today because of a payment of {amount} "
            "euros.",
            "On {day} I got a text message with a link that says my account is blocked. It does not look like you. I have "
            "not opened it.",
            "My phone number has changed and I do not get the codes any more. What do you need from me?",
        ),
        replies=(
            "We have unlocked your account after our call. Please sign in within the next hour and choose a new password.",
            "Thank you for not opening it: the message is not from us. We have reported the address and it will be taken "
            "down.",
            "Please come to a branch with your identity card, or call us from the old number if you still can.",
        ),
        notes=("Identity checked by call back on the number on file.", "Phishing address reported, reference {code}."),
        answers=("I can sign in again.", "I was at the branch in {city}, all is done.",),
        resolution="The account is unlocked and a new password is set.",
        cause="Three wrong tries.",
        priorities=("high", "normal", "normal"),
    ),
    Scenario(
        topic="Branch equipment", department="Branch support",
        subjects=(
            "Printer at the counter in {city} prints half pages", "Cash machine in {city} out of order",
            "Screen at counter two stays dark", "Scanner does not find the network",
        ),
        messages=(
            "The printer at the counter prints half a page and stops with {code}. We have changed the paper and started "
            "it again.",
            "The cash machine in the hall is out of order since {day}. Customers are asking every few minutes.",
            "The scanner in the back office does not find the network since the move on {day}.",
        ),
        replies=(
            "A technician comes tomorrow between nine and eleven. Please use the printer of counter one until then.",
            "The machine reports {code}. We have started it from here; please look whether the door light is green now.",
        ),
        notes=("Spare part ordered, arrives {day}.", "Port in the wall was in the wrong network."),
        answers=("The technician was here, it works.", "Green light, customers are using it.",),
        resolution="The device was repaired and is in use again.",
        cause="Worn part.",
    ),
    Scenario(
        topic="Account questions", department="Branch support",
        subjects=("Statement for {day} is missing", "Question about a fee of {amount}", "Please close my savings account"),
        messages=(
            "The statement of {day} is not in my inbox. I need it for my tax adviser.",
            "I was charged {amount} euros and do not know what for. Please explain it.",
            "Please close my savings account and send what is on it to my main account.",
        ),
        replies=(
            "The statement is in your inbox now. It had been sent to the old address.",
            "The fee is for the express transfer of {day}. We have paid it back this once, since the page did not say so "
            "clearly.",
        ),
        notes=("Fee waived, approved by the branch in {city}.",),
        answers=("Thank you, that was quick.", "Fine, I understand it now.",),
        resolution="Your question is answered and what was wrong is put right.",
        cause="",
        priorities=("low", "normal", "low"),
    ),
)

FIRST_NAMES = (
    "Ada", "Amir", "Anna", "Beatriz", "Bela", "Carlos", "Chiara", "Chloe", "Dana", "David", "Eva", "Farid", "Femi",
    "Greta", "Hannah", "Hugo", "Ines", "Ivan", "Jakub", "Jana", "Jin", "Joao", "José", "Julia", "Kofi", "Lars", "Lea",
    "Liam", "Lucia", "Maja", "Marco", "Maria", "Mehmet", "Mina", "Nadia", "Nils", "Noor", "Olga", "Omid", "Paula",
    "Peter", "Priscilla", "Rafael", "Rosa", "Samir", "Sara", "Sofia", "Sven", "Tara", "Theo", "Uma", "Vera", "Wei",
    "Yara", "Yusuf", "Zoe", "Zoltan", "Jürgen", "Zoë", "Søren",
)
LAST_NAMES = (
    "Almeida", "Andersen", "Baker", "Bauer", "Bianchi", "Braun", "Chen", "Costa", "Dubois", "Eriksen", "Evans",
    "Fischer", "Fontaine", "Garcia", "Gonzalez", "Haas", "Horvath", "Ibrahim", "Ivanova", "Jansen", "Kaya", "Keita",
    "Kim", "Kowalski", "Larsen", "Lehmann", "Lindgren", "Lopez", "Martin", "Meyer", "Moretti", "Murphy", "Nakamura",
    "Novak", "Nowak", "Okafor", "Olsen", "Patel", "Pereira", "Petrov", "Popescu", "Quinn", "Rahman", "Reyes", "Rossi",
    "Schmidt", "Silva", "Singh", "Smith", "Sousa", "Svensson", "Tanaka", "Torres", "Urban", "Vargas", "Virtanen",
    "Wagner", "Walsh", "Weber", "Yilmaz", "Zhang", "Ünal", "Łukasik",
)
COMPANY_WORDS = (
    "Anchor", "Aurora", "Beacon", "Birch", "Cedar", "Coastal", "Copper", "Delta", "Eastgate", "Elm", "Falcon", "Granite",
    "Harvest", "Hillside", "Indigo", "Juniper", "Lakeside", "Linden", "Maple", "Meridian", "Northern", "Oak", "Orchard",
    "Pioneer", "Quarry", "River", "Rowan", "Sable", "Silver", "Summit", "Tidal", "Union", "Valley", "Willow",
)
COMPANY_KINDS = (
    "Bakery", "Books", "Builders", "Clinic", "Consulting", "Dairy", "Design", "Farms", "Foods", "Garage", "Hotel",
    "Logistics", "Media", "Motors", "Optics", "Pharmacy", "Roofing", "School", "Studio", "Textiles", "Tools", "Travel",
)
CITIES = (
    "Aveiro", "Basel", "Bergen", "Bilbao", "Bristol", "Cork", "Dresden", "Gdansk", "Ghent", "Graz", "Leeds", "Lyon",
    "Malmo", "Nantes", "Porto", "Turin", "Utrecht", "Zurich",
)
DEVICES = ("phone", "laptop", "tablet", "office computer", "work phone")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TEAMS = ("First line", "Night shift", "Payments experts")
