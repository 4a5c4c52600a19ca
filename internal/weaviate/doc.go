// Package weaviate keeps an index of recordings in Weaviate, a distributed vector
// database, over its REST and GraphQL interfaces (as of version 1.35). Its Store does
// what index.Store says, exact search included, with the nodes of a cluster of which some
// may be dead.
//
// # What is kept
//
// For a class name C in the address of the store, the cluster has
//
//	CModel       which model the vectors are of
//	CRecording   a record for each version of a recording: what index.File has
//	CWindowD     the windows, with vectors of D values; index "flat", distance "dot"
//
// each with as many shards as there were nodes when it was made, N, of which there are
// f = min(3, N) copies.
//
// # Versions
//
// What Put writes is a new version of the recording: first the windows, with a record that
// says that they are being written; then the same record says that all are there. Remove
// writes a record that says that the recording is gone. Of the records of a recording that
// one counts whose version is latest; windows count if the record that counts names their
// version. So a crash at any moment leaves the old state or the new one, and of two
// writers of one recording one wins, whole. If windows cannot be written, Put begins
// again with another version: what a request that failed has done, or will still do, is of
// a version that never counts.
//
// A version is the time at which it was begun, or one nanosecond after the version that it
// follows if that is later, and a random number. What does not count any more is deleted
// by SetIdentity, which each run of indexing calls, some minutes later (see sweep).
// Records that say that a recording is gone stay: about 300 bytes each.
//
// # Consistency
//
// A write is done when a quorum, w = f/2+1, of the copies of a shard have it (level
// QUORUM). A read asks r = N−w+1 nodes, each of which answers from the copies on its own
// disk where it has them, and takes the union of their answers. Less than w nodes are not
// asked, so of the w copies that have a write at least one is read. (Weaviate's own levels
// do not do this for a search: whatever the level, it searches one copy of each shard, and
// would miss what that copy missed while its node was down.) A record that not all
// nodes knew is written again before it counts, so that later readers see it too.
//
// Thus, for three nodes, any one of them may be dead, or come back without what was
// written in the meantime, or be killed in the middle of a request: reading, searching and
// writing go on, nothing that was written is lost and no answer is wrong. With two of
// three dead, all methods return errors, after some seconds. What a dead node missed, the
// cluster copies to it some time after it came back (asyncEnabled). Until then, what it
// missed is on w disks only.
//
// This cannot be better than what a server does with what it confirmed: version 1.35 hands
// it to the system (after some help, see touches) but does not wait for the disk, so that a
// loss of power of several nodes at once may undo the last writes.
//
// All this needs the addresses of r nodes at least, each of a node itself (not of something
// that spreads requests), replicas that are not moved to other nodes, and servers that
// index at once (ASYNC_INDEXING is not set).
//
// # Search
//
// A node returns the windows of its m best distances. The distances are computed again here,
// from the same float32 values, and the union of the lists is complete above the worst
// score of any full list, plus what rounding may do. m grows until enough hits lie above
// that. Where a filter leaves few recordings, or the server does not return more (its
// QUERY_MAXIMUM_RESULTS), all windows of the recordings in question are asked for, piece by piece.
//
// A window counts only if it was asked for after the record of its version was read: what
// was asked before may have been a part of what was being written.
package weaviate
