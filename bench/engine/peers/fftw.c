// FFTW as the whole program that a C programmer would write around it: window,
// real FFT, then magnitudes, or power, sparse mel filters and log10; output
// frame-major. Protocol: see ../peer.go.
//
//	cc -O3 -march=native -ffast-math fftw.c -lfftw3f -lm -lpthread
//
// The vector loops are left to the compiler. How many frames a plan transforms
// at once, and with how much planning, is chosen by timing.

#include <fftw3.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LANES = 16, MAX_THREADS = 2, MAX_CASES = 8 };

// A worker is what one thread needs: a plan and its scratch.
typedef struct {
	fftwf_plan plan;
	float *in;         // howmany frames of nfft
	fftwf_complex *X;  // howmany rows of bins
	float *power;      // LANES rows of bins
} Worker;

typedef struct {
	char name[32];
	int nfft, hop, bins, bands;
	long n, frames;
	float *x, *window;
	int *first, *count;  // filter b weighs bins first[b] … first[b]+count[b]-1
	int low, high;       // all filters together weigh bins low … high-1
	float *weights;      // of all filters, one after the other
	int howmany;         // frames per plan, 0 before it is chosen
	unsigned effort;     // of the planner
	Worker workers[MAX_THREADS];
	float *out;
} Case;

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static size_t columns(const Case *c) { return c->bands ? c->bands : c->bins; }
static size_t size(const Case *c) { return c->frames * columns(c) * sizeof(float); }

// fill writes the windowed frame t, of a signal with zeros around it.
static void fill(const Case *c, long t, float *restrict in) {
	long start = t * c->hop - c->nfft / 2;
	const float *restrict w = c->window;
	if (start >= 0 && start + c->nfft <= c->n) {
		const float *restrict x = c->x + start;
		for (int j = 0; j < c->nfft; j++) in[j] = x[j] * w[j];
		return;
	}
	for (int j = 0; j < c->nfft; j++) {
		long i = start + j;
		in[j] = i >= 0 && i < c->n ? c->x[i] * w[j] : 0;
	}
}

// transform leaves the spectra of frames t … t+howmany-1 in w->X.
static void transform(const Case *c, Worker *w, long t) {
	for (int i = 0; i < c->howmany; i++) fill(c, t + i, w->in + (size_t)i * c->nfft);
	fftwf_execute(w->plan);
}

static void magnitude(const Case *c, Worker *w, long t, long end, float *out) {
	for (; t < end; t += c->howmany) {
		transform(c, w, t);
		for (int i = 0; i < c->howmany && t + i < end; i++) {
			const float *restrict X = (const float *)(w->X + (size_t)i * c->bins);
			float *restrict row = out + (t + i) * c->bins;
			for (int k = 0; k < c->bins; k++)
				row[k] = sqrtf(X[2 * k] * X[2 * k] + X[2 * k + 1] * X[2 * k + 1]);
		}
	}
}

// logmel sums the mel bands of LANES frames side by side, which the compiler
// turns into vectors.
static void logmel(const Case *c, Worker *w, long t, long end, float *out) {
	for (; t < end; t += LANES) {
		for (int g = 0; g < LANES; g += c->howmany) {
			transform(c, w, t + g);
			for (int i = 0; i < c->howmany; i++) {
				const float *restrict X = (const float *)(w->X + (size_t)i * c->bins);
				float *restrict power = w->power + (size_t)(g + i) * c->bins;
				for (int k = c->low; k < c->high; k++)
					power[k] = X[2 * k] * X[2 * k] + X[2 * k + 1] * X[2 * k + 1];
			}
		}
		float across[c->bins][LANES], rows[LANES][c->bands];
		for (int k = c->low; k < c->high; k++)
			for (int l = 0; l < LANES; l++) across[k][l] = w->power[(size_t)l * c->bins + k];
		const float *weight = c->weights;
		for (int b = 0; b < c->bands; b++) {
			float sum[LANES] = {0};
			for (int k = c->first[b]; k < c->first[b] + c->count[b]; k++, weight++)
				for (int l = 0; l < LANES; l++) sum[l] += *weight * across[k][l];
			for (int l = 0; l < LANES; l++) rows[l][b] = sum[l];
		}
		long left = end - t < LANES ? end - t : LANES;
		float *restrict to = out + t * c->bands;
		const float *restrict from = &rows[0][0];
		for (int i = 0; i < left * c->bands; i++) to[i] = log10f(fmaxf(from[i], 1e-10f));
	}
}

typedef struct {
	Case *c;
	Worker *w;
	long begin, end;
	float *out;
} Span;

static void *run_span(void *arg) {
	Span *s = arg;
	(s->c->bands ? logmel : magnitude)(s->c, s->w, s->begin, s->end, s->out);
	return NULL;
}

static void run(Case *c, int threads, float *out) {
	Span spans[MAX_THREADS];
	pthread_t ids[MAX_THREADS];
	for (int i = 0; i < threads; i++) {
		spans[i] = (Span){c, &c->workers[i], c->frames * i / threads, c->frames * (i + 1) / threads, out};
		if (i > 0) pthread_create(&ids[i], NULL, run_span, &spans[i]);
	}
	run_span(&spans[0]);
	for (int i = 1; i < threads; i++) pthread_join(ids[i], NULL);
}

static void plan_worker(Case *c, Worker *w) {
	int n = c->nfft, many = c->howmany;
	w->in = fftwf_malloc(sizeof(float) * n * many);
	w->X = fftwf_malloc(sizeof(fftwf_complex) * c->bins * many);
	w->power = fftwf_malloc(sizeof(float) * c->bins * LANES);
	w->plan = fftwf_plan_many_dft_r2c(1, &n, many, w->in, NULL, 1, n, w->X, NULL, 1, c->bins, c->effort | FFTW_DESTROY_INPUT);
}

static void free_worker(Worker *w) {
	fftwf_destroy_plan(w->plan);
	fftwf_free(w->in);
	fftwf_free(w->X);
	fftwf_free(w->power);
	w->plan = NULL;
}

// choose finds the fastest way to plan in one thread. Every candidate is planned
// from nothing, as a planner that was disturbed goes on believing what it saw.
static void choose(Case *c) {
	static const struct { int howmany; unsigned effort; } candidates[] = {
		{1, FFTW_MEASURE}, {4, FFTW_MEASURE}, {LANES, FFTW_MEASURE},
		{1, FFTW_PATIENT}, {4, FFTW_PATIENT}, {LANES, FFTW_PATIENT},
	};
	double least = INFINITY;
	int best = 0;
	char *wisdom = NULL;
	for (int i = 0; i < 6; i++) {
		c->howmany = candidates[i].howmany;
		c->effort = candidates[i].effort;
		fftwf_forget_wisdom();
		plan_worker(c, &c->workers[0]);
		double ns = INFINITY;
		for (int j = 0; j < 8; j++) {
			double begin = now();
			run(c, 1, c->out);
			ns = fmin(ns, now() - begin);
		}
		free_worker(&c->workers[0]);
		if (ns < least) {
			least = ns;
			best = i;
			free(wisdom);
			wisdom = fftwf_export_wisdom_to_string();
		}
	}
	c->howmany = candidates[best].howmany;
	c->effort = candidates[best].effort;
	fftwf_forget_wisdom();
	if (wisdom) fftwf_import_wisdom_from_string(wisdom);
	free(wisdom);
	for (int i = 0; i < MAX_THREADS; i++) plan_worker(c, &c->workers[i]);
}

static void *read_file(const char *dir, const char *name, const char *suffix, long *count) {
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix);
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		exit(1);
	}
	fseek(f, 0, SEEK_END);
	*count = ftell(f) / sizeof(float);
	rewind(f);
	float *data = fftwf_malloc(*count * sizeof(float));
	if (fread(data, sizeof(float), *count, f) != (size_t)*count) exit(1);
	fclose(f);
	return data;
}

static void load(Case *c, const char *dir) {
	long count;
	c->x = read_file(dir, c->name, "x.f32", &c->n);
	c->bins = c->nfft / 2 + 1;
	c->frames = 1 + c->n / c->hop;
	c->window = fftwf_malloc(sizeof(float) * c->nfft);
	for (int j = 0; j < c->nfft; j++) c->window[j] = 0.5 - 0.5 * cos(2 * M_PI * j / c->nfft);
	c->out = malloc(size(c));
	if (!c->bands) return;
	float *matrix = read_file(dir, c->name, "mel.f32", &count);
	c->first = calloc(c->bands, sizeof(int));
	c->count = calloc(c->bands, sizeof(int));
	c->weights = malloc(count * sizeof(float));
	long used = 0;
	c->low = c->bins;
	for (int b = 0; b < c->bands; b++) {
		for (int k = 0; k < c->bins; k++) {
			float w = matrix[(size_t)b * c->bins + k];
			if (w == 0) continue;
			if (!c->count[b]) c->first[b] = k;
			c->count[b]++;
			if (k < c->low) c->low = k;
			if (k >= c->high) c->high = k + 1;
			c->weights[used++] = w;
		}
	}
}

#ifdef WITH_MKL
// MKL has the interface of FFTW, except for its version.
void mkl_get_version_string(char *, int);
static const char *version(void) {
	static char text[200], number[100] = "MKL ";
	mkl_get_version_string(text, sizeof text - 1);
	const char *v = strstr(text, "Version ");
	if (v) sscanf(v, "Version %90[0-9.]", number + 4);
	return number;
}
#else
static const char *version(void) { return fftwf_version; }
#endif

int main(int argc, char **argv) {
	static Case cases[MAX_CASES];
	int count = 0, rate;
	char line[4096], name[32], mode[16], path[4096];
	if (argc < 2 || snprintf(path, sizeof path, "%s/cases", argv[1]) < 0) return 2;
	FILE *f = fopen(path, "r");
	if (!f) return 1;
	while (count < MAX_CASES && fgets(line, sizeof line, f)) {
		Case *c = &cases[count++];
		if (sscanf(line, "%31s %d %d %d %d", c->name, &rate, &c->nfft, &c->hop, &c->bands) != 5) return 1;
		load(c, argv[1]);
	}
	fclose(f);
	fftwf_set_timelimit(5);
	printf("ready %s, C compiler %s\n", version(), __VERSION__);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		int threads, reps;
		Case *c = cases;
		int check = sscanf(line, "check %31s %d %15s %4095[^\n]", name, &threads, mode, path) == 4;
		if (!check && sscanf(line, "time %31s %d %15s %d", name, &threads, mode, &reps) != 4) return 1;
		while (c < cases + count && strcmp(c->name, name)) c++;
		if (c == cases + count || threads > MAX_THREADS) return 1;
		if (!c->howmany) choose(c);
		int fresh = !strcmp(mode, "fresh");
		if (check) {
			float *out = fresh ? malloc(size(c)) : c->out;
			run(c, threads, out);
			f = fopen(path, "wb");
			if (!f || fwrite(out, 1, size(c), f) != size(c) || fclose(f)) return 1;
			if (fresh) free(out);
			printf("ok %d frames per plan, %s", c->howmany, c->effort == FFTW_PATIENT ? "FFTW_PATIENT" : "FFTW_MEASURE");
		} else {
			float *out = NULL;
			if (fresh)
				run(c, threads, out = malloc(size(c)));
			else
				run(c, threads, c->out);
			printf("ok");
			for (int i = 0; i < reps; i++) {
				double begin = now();
				if (fresh) {
					free(out);
					out = malloc(size(c));
				}
				run(c, threads, fresh ? out : c->out);
				printf(" %.0f", now() - begin);
			}
			free(out);
		}
		printf("\n");
		fflush(stdout);
	}
	return 0;
}
