#!/usr/bin/python3
"""working_day.py CALENDARS CALENDAR DAYS [SECONDS]: the date, YYYY-MM-DD, so many working days after SECONDS since 1970
(now) in Kazakhstan. What comes after closing or on a day off counts as handed in on the next working day (NCA-4, NCA-8).
Python counts over the provider's data; nothing of ours does."""
import datetime
import sys
import time

import yaml

DAY = datetime.timedelta(days=1)
file, name, days, *at = sys.argv[1:]
with open(file, encoding="utf-8") as text:
    calendar = next(c for c in yaml.safe_load(text)["calendars"] if c["id"] == name)
hours = {h["weekday"]: h for h in calendar["hours"]}


def special(year):
    """The year's own days, date → worked. A year without rows of its own has those of every year ("*")."""
    own = {datetime.date.fromisoformat(r["day"]): r.get("working", False)
           for r in calendar["days"] if r["day"].startswith(str(year))}
    if own:
        return own
    every = {datetime.date.fromisoformat(str(year) + r["day"][1:]): r.get("moves", False)
             for r in calendar["days"] if r["day"].startswith("*")}
    off = set(every)
    for day in sorted(every):
        if every[day] and day.isoweekday() not in hours:  # Labour Code of Kazakhstan, article 85
            while day in off or day.isoweekday() not in hours:
                day += DAY
            off.add(day)
    return dict.fromkeys(off, False)


def worked(day):
    return special(day.year).get(day, day.isoweekday() in hours)


there = datetime.timezone(datetime.timedelta(hours=5))
now = datetime.datetime.fromtimestamp(float(at[0]) if at else time.time(), there)
date = now.date()
if worked(date) and now.hour * 60 + now.minute >= hours.get(date.isoweekday(), calendar["hours"][0])["to"]:
    date += DAY
while not worked(date):
    date += DAY
for _ in range(int(days)):
    date += DAY
    while not worked(date):
        date += DAY
print(date)
