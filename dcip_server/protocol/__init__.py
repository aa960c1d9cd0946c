"""The DCIP 1.0 draft as data and pure functions: no Flask, no database, no sockets.

``rules`` is the table everything else is checked against; ``urls`` reads and writes the
endpoint's URLs; ``answers`` holds the functions that make an answer obey the rules;
``negotiation`` reads ``Accept``; ``help`` renders the help texts; ``times`` reads and writes times.
"""
