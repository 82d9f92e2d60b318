"""What a worker does with an item.

Here: take it, attempt it by sleeping, burning processor time or calling a task, and give it back.
Not here: how workers are started (`backends`).
Start reading at `worker`.
"""
