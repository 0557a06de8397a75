"""How much flowed up to an instant: a year split over months, days, hours and five-minute slots, in whole numbers.

`flows` is the way in. `day_energy` takes a year down to its days, `day_curve` a day to its slots, `slot_curve`
does that for cars, panels and lamps; `weather`, `daylight` and `presence` are what they depend on.
"""
