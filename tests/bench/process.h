// What processes use of the machine (proc(5)). 0 where there is no such process.
#pragma once

double process_cpu_s(int pid);
// A process with all its children, as PostgreSQL is.
double process_family_cpu_s(int parent);
long process_resident_kb(int pid);
