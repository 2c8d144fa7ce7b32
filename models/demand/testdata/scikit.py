"""scikit-learn's usual pipeline on the texts of BenchmarkScale, to compare with.

    go test ./models/demand -run '^$' -bench 'BenchmarkScale$' -benchtime 1x -scale 1000000 -texts texts.tsv
    pip install scikit-learn && python3 models/demand/testdata/scikit.py texts.tsv
"""

import resource
import sys
import time

from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import normalized_mutual_info_score
from sklearn.preprocessing import normalize

labels, texts = [], []
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        label, text = line.rstrip("\n").split("\t")
        labels.append(label)
        texts.append(text)

start = time.perf_counter()
weights = TfidfVectorizer(min_df=2).fit_transform(texts)
points = normalize(TruncatedSVD(100, random_state=1).fit_transform(weights))
found = MiniBatchKMeans(200, random_state=1).fit_predict(points)
seconds = time.perf_counter() - start

used = resource.getrusage(resource.RUSAGE_SELF)
print(
    f"{len(texts)} texts: {seconds:.0f} s after reading, {used.ru_utime + used.ru_stime:.0f} s of CPU time, "
    f"{used.ru_maxrss >> 10} MiB, NMI {normalized_mutual_info_score(labels, found):.3f}"
)
