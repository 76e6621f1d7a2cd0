"""The loop that runs a program's table, as LLVM text: the same for every program.

It is compiled once a process. Three records of memory are shared with Python, and their layout is
written here once, as NumPy dtypes: a `JOB` is a program, an `ENTRY` a line of its table, a `LINE`
the place of one thread in the pool (line 0: the barrier; before the lines: the system's calls).

Every thread runs `@steps` over the whole table and takes its share of each entry's chunks. At a
barrier the last thread to arrive does what must be done once (looks at the status, ends a run),
and lets the others go by changing the barrier's word.

Waiting goes in three phases: pauses, while the answer is likely near; then stepping aside, which
costs little if there is nobody else and lets a neighbour work if there is; then sleep.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import numpy as np

from ..waiting import Way

Layout: TypeAlias = "np.dtype[np.void]"

JOB: Layout = np.dtype(
    [
        ("steps", "i8"),  # address of @steps
        ("entries", "i8"),  # address of the table, and its length
        ("size", "i8"),
        ("table", "i8"),  # address of the buffers' pointers
        ("status", "i8"),  # address of the numbers that a failed check writes
        ("advances", "i8"),  # address of pairs (place in the table, bytes), and their number
        ("moves", "i8"),
        ("limit", "i8"),  # ticks after which no further run begins
        ("control", "i8"),  # addresses of the pool's calls and of its lines, or of an own line
        ("lines", "i8"),
        ("threads", "i8"),
        ("count", "i8"),  # runs asked for
        ("begin", "i8"),  # ticks at the beginning of the call
        ("completed", "i8"),  # runs completed
        ("stop", "i8"),  # not 0: no further entry, no further run
        ("used", "i8"),  # ticks of all calls, and the runs that they completed
        ("made", "i8"),
        ("times", "i8"),  # address of the recorded ticks, and bytes for each thread
        ("stride", "i8"),
    ]
)
ENTRY: Layout = np.dtype([("address", "i8"), ("pointers", "i8"), ("chunks", "i8"), ("flags", "i8")])
LINE: Layout = np.dtype(
    {
        "names": ["word", "sleepers", "arrived", "job", "threads"],
        "formats": ["i4", "i4", "i8", "i8", "i8"],
        "offsets": [0, 4, 8, 16, 24],
        "itemsize": 128,  # two cache lines: processors fetch them in pairs
    }
)
BARRIER, STOP = 1, 2  # flags of an entry
PAUSES = 200
YIELDS_AT_BARRIER, YIELDS_WHEN_IDLE = 20, 80  # about 10 and 80 us
STACK = 512 * 1024  # bytes that a kernel may need
_FOREVER = 2**62

_FIELD = re.compile(r"\$(job|entry|line)\.(\w+)")
_RECORDS = {"job": JOB, "entry": ENTRY, "line": LINE}


def driver_text(way: Way, triple: str, *, timed: bool = False) -> str:
    """The module for a system and its way of waiting; `timed` records ticks around each entry."""
    arm = triple.startswith(("aarch64", "arm64"))
    parts = {
        "PAUSE": "call void @llvm.aarch64.hint(i32 1)"
        if arm
        else "call void @llvm.x86.sse2.pause()",
        # The cycle counter of ARM is not for user programs; its steady counter is.
        "TICKS": f"call i64 @llvm.{'readsteadycounter' if arm else 'readcyclecounter'}()",
        "PAUSES": str(PAUSES),
        "MEET": str(PAUSES + YIELDS_AT_BARRIER if way.main_sleeps else _FOREVER),
        "IDLE": str(PAUSES + YIELDS_WHEN_IDLE),
        "LINESIZE": str(LINE.itemsize),
        "TOUCH": _touched(STACK) if "windows" in triple else "",
        "SLEEP": way.sleep,
        "WAKE": way.wake,
    }
    text = _WAIT + _MEET + (_STEPS if timed else re.sub(r".*;timed\n", "", _STEPS)) + _ENDS
    text = re.sub(r"\{([A-Z]+)\}", lambda found: parts[found[1]], text)
    intrinsics = sorted(set(re.findall(r"call (\w+ @llvm[\w.]+\([^)]*\))", text)))
    declared = "".join(f"declare {call.replace('i32 1', 'i32')}\n" for call in intrinsics)
    return declared + _FIELD.sub(_offset, text)


def _touched(size: int) -> str:
    """Look at each page of the stack in turn, which is how Windows makes it grow.

    Kernels leave that out: they would call a function of the C library for it.
    """
    lines = ["%top = alloca i64", "%stack = ptrtoint ptr %top to i64"]
    for i in range(1, size // 4096 + 1):
        lines += [
            f"%deep{i} = sub i64 %stack, {4096 * i}",
            f"%page{i} = inttoptr i64 %deep{i} to ptr",
            f"%look{i} = load volatile i8, ptr %page{i}",
        ]
    return "\n  ".join(lines)


def _offset(found: re.Match[str]) -> str:
    """`$job.count` is the offset of that field."""
    fields = _RECORDS[found[1]].fields
    assert fields is not None
    return str(fields[found[2]][1])


# Wait until the word differs from `old`, up to `patience` rounds awake. Post a new value: whoever
# sleeps has said so before looking at the word a last time, so one of the two sees the other.
_WAIT = """
define internal void @wait(ptr %control, ptr %word, i32 %old, i64 %patience) nounwind {
entry:
  %sleepers = getelementptr i8, ptr %word, i64 $line.sleepers
  br label %look
look:
  %round = phi i64 [ 0, %entry ], [ %next, %again ]
  %next = add i64 %round, 1
  %now = load atomic i32, ptr %word acquire, align 4
  %same = icmp eq i32 %now, %old
  br i1 %same, label %idle, label %done
idle:
  %hot = icmp ult i64 %round, {PAUSES}
  br i1 %hot, label %pause, label %cool
pause:
  {PAUSE}
  br label %again
cool:
  %warm = icmp ult i64 %round, %patience
  br i1 %warm, label %aside, label %tired
aside:
  %yield = load ptr, ptr %control
  %yielded = call i32 %yield()
  br label %again
tired:
  %before = atomicrmw add ptr %sleepers, i32 1 seq_cst
  %last = load atomic i32, ptr %word seq_cst, align 4
  %still = icmp eq i32 %last, %old
  br i1 %still, label %sleep, label %awake
sleep:
  call void @sleep(ptr %control, ptr %word, i32 %old)
  br label %awake
awake:
  %after = atomicrmw sub ptr %sleepers, i32 1 seq_cst
  br label %again
again:
  br label %look
done:
  ret void
}

define internal void @sleep(ptr %control, ptr %word, i32 %old) noinline nounwind {
  %at = getelementptr i8, ptr %control, i64 8
  %call = load ptr, ptr %at
  {SLEEP}
  ret void
}

define internal void @post(ptr %control, ptr %word, i32 %value) nounwind {
  %there = getelementptr i8, ptr %word, i64 $line.sleepers
  store atomic i32 %value, ptr %word seq_cst, align 4
  %sleepers = load atomic i32, ptr %there seq_cst, align 4
  %any = icmp ne i32 %sleepers, 0
  br i1 %any, label %wake, label %done
wake:
  %at = getelementptr i8, ptr %control, i64 16
  %call = load ptr, ptr %at
  {WAKE}
  br label %done
done:
  ret void
}
"""

# All threads meet. The last one does the action (1: stop if a check failed; 2: a run is over) and
# opens; the others wait if they stay.
_MEET = """
define internal void @meet(ptr %control, ptr %line, ptr %job, i64 %threads, i64 %action,
                           i1 %stays) nounwind {
entry:
  %count = getelementptr i8, ptr %line, i64 $line.arrived
  %stop.at = getelementptr i8, ptr %job, i64 $job.stop
  %word = load atomic i32, ptr %line monotonic, align 4
  %before = atomicrmw add ptr %count, i64 1 acq_rel
  %arrived = add i64 %before, 1
  %last = icmp eq i64 %arrived, %threads
  br i1 %last, label %act, label %hold
act:
  store i64 0, ptr %count
  switch i64 %action, label %open [ i64 1, label %checked
                                    i64 2, label %over ]
checked:
  %status.at = getelementptr i8, ptr %job, i64 $job.status
  %status = load ptr, ptr %status.at
  %fault = load i64, ptr %status
  %failed = icmp ne i64 %fault, 0
  %failure = zext i1 %failed to i64
  store i64 %failure, ptr %stop.at
  br label %open
over:
  %completed.at = getelementptr i8, ptr %job, i64 $job.completed
  %completed = load i64, ptr %completed.at
  %more = add i64 %completed, 1
  store i64 %more, ptr %completed.at
  call void @advance(ptr %job)
  %begin.at = getelementptr i8, ptr %job, i64 $job.begin
  %begin = load i64, ptr %begin.at
  %limit.at = getelementptr i8, ptr %job, i64 $job.limit
  %limit = load i64, ptr %limit.at
  %ticks = {TICKS}
  %passed = sub i64 %ticks, %begin
  %late = icmp ugt i64 %passed, %limit
  %lateness = zext i1 %late to i64
  store i64 %lateness, ptr %stop.at
  br label %open
open:
  %opened = add i32 %word, 1
  call void @post(ptr %control, ptr %line, i32 %opened)
  ret void
hold:
  br i1 %stays, label %stay, label %leave
stay:
  call void @wait(ptr %control, ptr %line, i32 %word, i64 {MEET})
  ret void
leave:
  ret void
}

define internal void @advance(ptr %job) nounwind {
entry:
  %moves.at = getelementptr i8, ptr %job, i64 $job.moves
  %moves = load i64, ptr %moves.at
  %advances.at = getelementptr i8, ptr %job, i64 $job.advances
  %advances = load ptr, ptr %advances.at
  %table.at = getelementptr i8, ptr %job, i64 $job.table
  %table = load ptr, ptr %table.at
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %move ]
  %next = add i64 %i, 1
  %more = icmp ult i64 %i, %moves
  br i1 %more, label %move, label %done
move:
  %pair = shl i64 %i, 1
  %place.at = getelementptr i64, ptr %advances, i64 %pair
  %bytes.at = getelementptr i64, ptr %place.at, i64 1
  %place = load i64, ptr %place.at
  %bytes = load i64, ptr %bytes.at
  %cell = getelementptr i64, ptr %table, i64 %place
  %old = load i64, ptr %cell
  %new = add i64 %old, %bytes
  store i64 %new, ptr %cell
  br label %head
done:
  ret void
}
"""

# One thread's way through all runs of the table. What follows `finish` leaves the job's memory
# alone: thread 0 may go on as soon as all have arrived. Chunks and threads are small numbers, and
# divisions of 32 bits faster.
_STEPS = """
define void @steps(ptr %job, ptr %control, ptr %line, i64 %thread, i64 %threads) nounwind {
entry:
  {TOUCH}
  %entries.at = getelementptr i8, ptr %job, i64 $job.entries
  %entries = load ptr, ptr %entries.at
  %size.at = getelementptr i8, ptr %job, i64 $job.size
  %size = load i64, ptr %size.at
  %count.at = getelementptr i8, ptr %job, i64 $job.count
  %count = load i64, ptr %count.at
  %stop.at = getelementptr i8, ptr %job, i64 $job.stop
  %main = icmp eq i64 %thread, 0
  %t = trunc i64 %thread to i32
  %t1 = add i32 %t, 1
  %T = trunc i64 %threads to i32
  %times.at = getelementptr i8, ptr %job, i64 $job.times ;timed
  %times = load ptr, ptr %times.at ;timed
  %stride.at = getelementptr i8, ptr %job, i64 $job.stride ;timed
  %stride = load i64, ptr %stride.at ;timed
  %mine = mul i64 %thread, %stride ;timed
  %record = getelementptr i8, ptr %times, i64 %mine ;timed
  br label %run
run:
  %runs = phi i64 [ 0, %entry ], [ %runs1, %between ]
  %runs1 = add i64 %runs, 1
  %tick0 = {TICKS} ;timed
  store i64 %tick0, ptr %record ;timed
  br label %head
head:
  %e = phi i64 [ 0, %run ], [ %e1, %next ]
  %e1 = add i64 %e, 1
  %more = icmp ult i64 %e, %size
  br i1 %more, label %each, label %over
each:
  %shift = shl i64 %e, 5
  %entry.at = getelementptr i8, ptr %entries, i64 %shift
  %pointers.at = getelementptr i8, ptr %entry.at, i64 $entry.pointers
  %chunks.at = getelementptr i8, ptr %entry.at, i64 $entry.chunks
  %flags.at = getelementptr i8, ptr %entry.at, i64 $entry.flags
  %chunks = load i32, ptr %chunks.at
  %flags = load i64, ptr %flags.at
  %low = mul i32 %chunks, %t
  %high = mul i32 %chunks, %t1
  %first = udiv i32 %low, %T
  %last = udiv i32 %high, %T
  %some = icmp ult i32 %first, %last
  br i1 %some, label %work, label %worked
work:
  %kernel = load ptr, ptr %entry.at
  %pointers = load ptr, ptr %pointers.at
  %from = zext i32 %first to i64
  %to = zext i32 %last to i64
  call void %kernel(ptr %pointers, i64 %from, i64 %to)
  br label %worked
worked:
  %slot = shl i64 %e, 1 ;timed
  %slot1 = add i64 %slot, 1 ;timed
  %tick1.at = getelementptr i64, ptr %record, i64 %slot1 ;timed
  %tick1 = {TICKS} ;timed
  store i64 %tick1, ptr %tick1.at ;timed
  %plain = icmp eq i64 %flags, 0
  br i1 %plain, label %next, label %barrier
barrier:
  %action = lshr i64 %flags, 1
  call void @meet(ptr %control, ptr %line, ptr %job, i64 %threads, i64 %action, i1 true)
  %checks = icmp ne i64 %action, 0
  br i1 %checks, label %checked, label %next
checked:
  %fault = load i64, ptr %stop.at
  %failed = icmp ne i64 %fault, 0
  br i1 %failed, label %finish, label %next
next:
  %tick2.at = getelementptr i64, ptr %tick1.at, i64 1 ;timed
  %tick2 = {TICKS} ;timed
  store i64 %tick2, ptr %tick2.at ;timed
  br label %head
over:
  %final = icmp eq i64 %runs1, %count
  br i1 %final, label %finish, label %between
between:
  call void @meet(ptr %control, ptr %line, ptr %job, i64 %threads, i64 2, i1 true)
  %late = load i64, ptr %stop.at
  %ends = icmp ne i64 %late, 0
  br i1 %ends, label %finish, label %run
finish:
  %ending = phi i64 [ 2, %over ], [ 0, %between ], [ 0, %checked ]
  call void @meet(ptr %control, ptr %line, ptr %job, i64 %threads, i64 %ending, i1 %main)
  ret void
}
"""

# What Python calls: a run, the life of a worker (a job of 0 ends it), and the ticks.
_ENDS = """
define i64 @run(ptr %job) nounwind {
entry:
  %control.at = getelementptr i8, ptr %job, i64 $job.control
  %control = load ptr, ptr %control.at
  %line.at = getelementptr i8, ptr %job, i64 $job.lines
  %line = load ptr, ptr %line.at
  %threads.at = getelementptr i8, ptr %job, i64 $job.threads
  %threads = load i64, ptr %threads.at
  %begin = {TICKS}
  %begin.at = getelementptr i8, ptr %job, i64 $job.begin
  store i64 %begin, ptr %begin.at
  %completed.at = getelementptr i8, ptr %job, i64 $job.completed
  store i64 0, ptr %completed.at
  %stop.at = getelementptr i8, ptr %job, i64 $job.stop
  store i64 0, ptr %stop.at
  %status.at = getelementptr i8, ptr %job, i64 $job.status
  %status = load ptr, ptr %status.at
  store i64 0, ptr %status
  br label %head
head:
  %t = phi i64 [ 1, %entry ], [ %next, %tell ]
  %next = add i64 %t, 1
  %more = icmp ult i64 %t, %threads
  br i1 %more, label %tell, label %go
tell:
  %shift = mul i64 %t, {LINESIZE}
  %worker = getelementptr i8, ptr %line, i64 %shift
  %job.to = getelementptr i8, ptr %worker, i64 $line.job
  store ptr %job, ptr %job.to
  %threads.to = getelementptr i8, ptr %worker, i64 $line.threads
  store i64 %threads, ptr %threads.to
  %word = load i32, ptr %worker
  %word1 = add i32 %word, 1
  call void @post(ptr %control, ptr %worker, i32 %word1)
  br label %head
go:
  %steps = load ptr, ptr %job
  call void %steps(ptr %job, ptr %control, ptr %line, i64 0, i64 %threads)
  %end = {TICKS}
  %passed = sub i64 %end, %begin
  %used.at = getelementptr i8, ptr %job, i64 $job.used
  %used = load i64, ptr %used.at
  %used1 = add i64 %used, %passed
  store i64 %used1, ptr %used.at
  %completed = load i64, ptr %completed.at
  %made.at = getelementptr i8, ptr %job, i64 $job.made
  %made = load i64, ptr %made.at
  %made1 = add i64 %made, %completed
  store i64 %made1, ptr %made.at
  ret i64 %completed
}

define void @work(ptr %control, ptr %line, i64 %thread, i32 %begin) nounwind {
entry:
  %shift = mul i64 %thread, {LINESIZE}
  %mine = getelementptr i8, ptr %line, i64 %shift
  %job.at = getelementptr i8, ptr %mine, i64 $line.job
  %threads.at = getelementptr i8, ptr %mine, i64 $line.threads
  br label %idle
idle:
  %seen = phi i32 [ %begin, %entry ], [ %word, %job.there ]
  call void @wait(ptr %control, ptr %mine, i32 %seen, i64 {IDLE})
  %word = load i32, ptr %mine
  %job = load ptr, ptr %job.at
  %none = icmp eq ptr %job, null
  br i1 %none, label %end, label %job.there
job.there:
  %threads = load i64, ptr %threads.at
  %steps = load ptr, ptr %job
  call void %steps(ptr %job, ptr %control, ptr %line, i64 %thread, i64 %threads)
  br label %idle
end:
  ret void
}

define i64 @ticks() nounwind {
  %now = {TICKS}
  ret i64 %now
}
"""
