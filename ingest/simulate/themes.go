package simulate

// theme is one kind of demand: how often it comes, from whom, how it reads and
// how long it takes.
type theme struct {
	id        string
	paid      float64 // relative weight among paying customers
	free      float64 // … and in the community
	trend     trend
	products  []string
	component string
	label     string
	issueType string
	urgency   [4]float64 // shares of Highest, High, Medium; the rest is Low
	hours     [2]float64 // median hours to a resolution, paid and community
	rounds    float64    // mean rounds of question and answer
	log       string     // a line of log, "" for none
	fix       []string   // how an agent solves it
	usual     bool       // every time in these words
	text      map[string]texts
}

// solutions are the templates of what solves a ticket of the theme: an agent
// who has to find out first also says what was found.
func (t *theme) solutions() []string {
	if t.usual {
		return t.fix
	}
	var all []string
	for _, fix := range t.fix {
		for _, found := range foundText {
			all = append(all, found+" "+fix)
		}
	}
	return all
}

type texts struct{ titles, say []string }

// trend is how a theme's weight moves over the history.
type trend int

const (
	steady   trend = iota
	emerging       // nothing until six weeks before the end
	release        // up after every second release, most after the last major one
	growing
	fading
	yearEnd // up in December and January
)

var themes = []*theme{
	{
		id: "install", paid: 5, free: 11, trend: fading, products: []string{"engine", "engine", "console"}, component: "Installer", label: "installation", issueType: "Bug", usual: true,
		urgency: [4]float64{.03, .17, .55}, hours: [2]float64{14, 60}, rounds: 1.8, log: "package {pkg} depends on libquarry >= {version} but it is not installable",
		fix: []string{"The repository key has changed; please import the new one and install {pkg} again.", "{Install|Please install} the missing libssl package first, the installer of {version} no longer ships it."},
		text: map[string]texts{
			"en": {
				[]string{"{Cannot|Unable to|Failed to} install {product} {version} on {os}", "{Installation|Setup} of {pkg} fails {on {os}|with exit code 1|halfway}", "installer {hangs|stops|crashes} at {pct} on {os}", "{apt|yum|brew} install {pkg}: unmet dependencies"},
				[]string{"We are trying to install {product} {version} on {os} and the installer {aborts|stops} with exit code 1.", "The package manager complains about an unmet dependency for {pkg}.", "{Removing|Purging} the package and installing again does not help.", "The setup wizard says the port is already in use although nothing listens on it.", "A manual install from the tarball fails because the service unit is missing.", "The machine has {gb} of memory and no internet access, we use an offline mirror."},
			},
			"de": {[]string{"Installation von {pkg} {version} auf {os} schlägt fehl"}, []string{"die Installation von {product} {version} auf {os} bricht mit einem Fehler ab.", "Die Abhängigkeiten des Pakets können nicht aufgelöst werden."}},
			"fr": {[]string{"Échec de l'installation de {pkg} sur {os}"}, []string{"l'installation de {product} {version} échoue avec le code 1.", "Le paquet réclame une dépendance introuvable."}},
			"es": {[]string{"No puedo instalar {pkg} {version} en {os}"}, []string{"la instalación de {product} falla con el código 1.", "El gestor de paquetes informa de una dependencia que no existe."}},
			"zh": {[]string{"在 {os} 上安装 {pkg} {version} 失败"}, []string{"安装程序在 {pct} 处中断,提示缺少依赖。", "重新安装后问题依旧。"}},
			"ja": {[]string{"{os} に {pkg} {version} をインストールできない"}, []string{"インストーラーが依存関係のエラーで停止します。", "再インストールしても改善しません。"}},
		},
	},
	{
		id: "upgrade", paid: 9, free: 8, trend: release, products: []string{"engine", "engine", "console", "operator"}, component: "Upgrade", label: "upgrade", issueType: "Bug",
		urgency: [4]float64{.08, .32, .45}, hours: [2]float64{30, 110}, rounds: 2.4, log: "migration {n} failed: column already exists, catalog version {old}",
		fix: []string{"Please run the catalog migration by hand with quarry migrate --resume, then start the nodes one by one.", "{version} needs the metadata format of {old} first: upgrade in two steps."},
		text: map[string]texts{
			"en": {
				[]string{"upgrade from {old} to {version} {fails|stuck|breaks}", "schema migration {hangs|fails} after {upgrading|upgrade} to {version}", "{rollback|downgrade} from {version} to {old} possible?", "{product} does not start after the update to {version}"},
				[]string{"After upgrading from {old} to {version} the nodes do not join the cluster any more.", "The catalog migration step {n} has been running for {min} and nothing moves.", "The release notes do not mention that the metadata format changes.", "We would like to roll back to {old} but the downgrade tool refuses.", "A rolling upgrade on {env} leaves half of the nodes on the old version.", "Deprecated settings from {old} are rejected at startup."},
			},
			"de": {[]string{"Upgrade von {old} auf {version} schlägt fehl"}, []string{"nach dem Upgrade von {old} auf {version} starten die Knoten nicht mehr.", "Die Migration des Katalogs hängt seit {n} Minuten."}},
			"fr": {[]string{"La mise à niveau de {old} vers {version} échoue"}, []string{"après la mise à niveau vers {version}, les nœuds ne démarrent plus.", "La migration du catalogue reste bloquée."}},
			"es": {[]string{"La actualización de {old} a {version} falla"}, []string{"tras actualizar a {version} los nodos no arrancan.", "La migración del catálogo se queda colgada."}},
			"zh": {[]string{"从 {old} 升级到 {version} 失败"}, []string{"升级到 {version} 后节点无法启动,元数据迁移卡住。", "能否回滚到 {old}?"}},
			"ja": {[]string{"{old} から {version} へのアップグレードに失敗"}, []string{"アップグレード後にノードが起動しません。カタログの移行が止まっています。", "{old} に戻すことはできますか。"}},
		},
	},
	{
		id: "slow_query", paid: 11, free: 10, trend: growing, products: []string{"engine"}, component: "Query planner", label: "performance", issueType: "Bug",
		urgency: [4]float64{.05, .3, .5}, hours: [2]float64{55, 170}, rounds: 3, log: "slow query {big} ms: full scan on {table}, estimated rows {big}",
		fix: []string{"The planner picked a full scan because statistics were old: ANALYZE {table} brings back the index scan.", "Please set join_reorder to on; the plan then uses the index on {table}."},
		text: map[string]texts{
			"en": {
				[]string{"{slow query|query very slow|bad query plan} on table {table}", "{join|aggregation|group by} on {table} takes {min}", "query latency {doubled|went up} {since {version}|on {env}}", "planner ignores index on {table}"},
				[]string{"A simple join between {table} and another table takes {min}, last week it took {ms}.", "EXPLAIN shows a full table scan although there is an index.", "The planner estimates {n} rows, in reality there are {big} thousand.", "Latency of our dashboard queries went from {ms} to several seconds.", "CPU sits at {pct} while the query runs and other sessions starve.", "Adding a limit clause makes the plan even worse."},
			},
			"de": {[]string{"Abfrage auf {table} sehr langsam"}, []string{"eine einfache Abfrage auf {table} dauert plötzlich {n} Minuten.", "Der Ausführungsplan zeigt einen vollständigen Scan trotz Index."}},
			"fr": {[]string{"Requête très lente sur la table {table}"}, []string{"une jointure sur {table} prend {n} minutes.", "Le plan d'exécution ignore l'index."}},
			"es": {[]string{"Consulta muy lenta sobre la tabla {table}"}, []string{"una consulta sencilla sobre {table} tarda {n} minutos.", "El plan de ejecución no usa el índice."}},
			"zh": {[]string{"表 {table} 查询非常慢"}, []string{"对 {table} 的关联查询需要 {n} 分钟,执行计划显示全表扫描,没有使用索引。", "CPU 使用率达到 {pct}。"}},
			"ja": {[]string{"テーブル {table} のクエリが遅い"}, []string{"{table} の結合に {n} 分かかります。実行計画ではインデックスが使われていません。", "CPU 使用率は {pct} です。"}},
		},
	},
	{
		id: "backup", paid: 6, free: 3, products: []string{"engine", "operator"}, component: "Backup", label: "backup", issueType: "Bug",
		urgency: [4]float64{.12, .38, .4}, hours: [2]float64{26, 120}, rounds: 2.2, log: "backup {big} aborted: snapshot of {table} expired after {min}",
		fix: []string{"The snapshot retention was shorter than the backup: raise backup.snapshot_ttl and start it again.", "Restore into an empty cluster with --skip-users, then import the users."},
		text: map[string]texts{
			"en": {
				[]string{"{nightly backup|backup job|incremental backup} {fails|aborted|incomplete}", "restore {from S3|to a new cluster|of a single table} {fails|does not work}", "point in time recovery to {date} not possible", "backup of {table} {hangs|runs for hours}"},
				[]string{"The nightly backup to the bucket fails since {day} with an expired snapshot.", "We need to restore {table} from the backup of {date}.", "The restore stops at {pct} and leaves an empty schema.", "The incremental backup is as large as the full one, {gb}.", "Retention does not delete old archives, the bucket is full.", "Verification of the archive reports a checksum mismatch."},
			},
			"de": {[]string{"Backup bricht ab, Wiederherstellung nicht möglich"}, []string{"das nächtliche Backup schlägt seit {date} fehl.", "Die Wiederherstellung von {table} bricht bei {pct} ab."}},
			"fr": {[]string{"La sauvegarde nocturne échoue"}, []string{"la sauvegarde vers le stockage objet échoue.", "La restoration de {table} s'arrête à {pct}."}},
			"es": {[]string{"La copia de seguridad falla"}, []string{"la copia nocturna falla desde el {date}.", "La restauración de {table} se detiene al {pct}."}},
			"zh": {[]string{"备份失败,无法恢复 {table}"}, []string{"夜间备份一直失败,提示快照过期。", "恢复到 {pct} 时中断。"}},
			"ja": {[]string{"バックアップが失敗する"}, []string{"夜間バックアップがスナップショット期限切れで失敗します。", "{table} の復元が {pct} で止まります。"}},
		},
	},
	{
		id: "memory", paid: 6, free: 7, products: []string{"engine", "engine", "connect"}, component: "Memory", label: "memory", issueType: "Bug",
		urgency: [4]float64{.15, .4, .35}, hours: [2]float64{40, 190}, rounds: 3.2, log: "OutOfMemoryError: cannot allocate {big} MB, heap {gb}, used {pct}",
		fix: []string{"Spilling was switched off; with exec.spill=on and a memory limit of {gb} the query no longer exhausts the heap.", "This was a leak in the buffer pool, fixed in {version}."},
		text: map[string]texts{
			"en": {
				[]string{"out of memory {during large sort|on {host}|after {n} hours}", "{process|node|server} killed by the OOM killer", "memory {leak|usage grows} in {product} {version}", "heap exhausted with {gb}"},
				[]string{"The process grows to {gb} within {n} hours and is then killed by the kernel.", "Heap usage is at {pct} even when idle.", "A sort of {table} needs more memory than the limit allows and does not spill to disk.", "Garbage collection pauses last longer than {n} seconds.", "We raised the container limit to {gb}, the leak only takes longer.", "A heap dump shows millions of buffer objects."},
			},
			"de": {[]string{"Speicherverbrauch wächst bis zum Absturz"}, []string{"der Prozess belegt nach {n} Stunden {gb} und wird vom Kernel beendet.", "Ein Speicherleck scheint wahrscheinlich."}},
			"fr": {[]string{"Mémoire insuffisante, le processus est tué"}, []string{"la mémoire monte à {gb} puis le noyau tue le processus.", "Il semble y avoir une fuite de mémoire."}},
			"es": {[]string{"Fuga de memoria en {pkg} {version}"}, []string{"el proceso crece hasta {gb} y el sistema lo mata.", "El recolector de basura se detiene durante segundos."}},
			"zh": {[]string{"内存溢出,进程被杀死"}, []string{"运行 {n} 小时后内存达到 {gb},进程被系统终止。", "怀疑存在内存泄漏。"}},
			"ja": {[]string{"メモリ不足でプロセスが落ちる"}, []string{"{n} 時間後にメモリが {gb} に達し、OOM で終了します。", "メモリリークの可能性があります。"}},
		},
	},
	{
		id: "login", paid: 8, free: 4, products: []string{"console", "console", "engine"}, component: "Authentication", label: "auth", issueType: "Service Request", usual: true,
		urgency: [4]float64{.1, .35, .4}, hours: [2]float64{9, 80}, rounds: 1.7, log: "SAML assertion rejected: audience mismatch for {idp}",
		fix: []string{"The audience in {idp} must be the console's address without the trailing slash.", "The LDAP bind user had expired; after a new password users can sign in again."},
		text: map[string]texts{
			"en": {
				[]string{"{SSO|SAML|OIDC} login with {idp} {fails|loops}", "LDAP {users cannot log in|group sync broken|bind fails}", "users {locked out|cannot sign in} {since {day}|after password change}", "{password reset|two-factor|session} problem in the console"},
				[]string{"Users from {idp} are sent back to the login page again and again.", "The LDAP group mapping is ignored, everybody gets the viewer role.", "The SAML assertion is rejected because of the audience.", "Only local accounts can sign in, single sign-on does not work.", "Sessions expire after {n} minutes although we set eight hours.", "The reset e-mail never arrives at {mail}."},
			},
			"de": {[]string{"Anmeldung über {idp} nicht möglich"}, []string{"die Benutzer können sich über {idp} nicht mehr anmelden.", "Die LDAP-Gruppen werden nicht übernommen."}},
			"fr": {[]string{"Connexion SSO avec {idp} impossible"}, []string{"les utilisateurs de {idp} reviennent toujours à la page de connexion.", "Les groupes LDAP sont ignorés."}},
			"es": {[]string{"No se puede iniciar sesión con {idp}"}, []string{"los usuarios de {idp} no pueden iniciar sesión.", "Los grupos de LDAP no se aplican."}},
			"zh": {[]string{"{idp} 单点登录失败"}, []string{"用户通过 {idp} 登录后又回到登录页面。", "LDAP 组映射不起作用。"}},
			"ja": {[]string{"{idp} のシングルサインオンができない"}, []string{"{idp} でログインするとログイン画面に戻ります。", "LDAP グループが反映されません。"}},
		},
	},
	{
		id: "licence", paid: 7, free: 0.6, trend: yearEnd, products: []string{"console"}, component: "Licensing", label: "licence", issueType: "Question", usual: true,
		urgency: [4]float64{.04, .2, .5}, hours: [2]float64{7, 90}, rounds: 1.1,
		fix: []string{"A new licence key for {n} {seat} is on its way to you by e-mail.", "The key is bound to the cluster id; I have issued one for the new cluster."},
		text: map[string]texts{
			"en": {
				[]string{"licence {key|file} {expired|expires on {date}|not accepted}", "{more|additional} {seat} for our licence", "{question about licence|which edition do we need} for {n} {seat}", "trial licence {extension|expired}"},
				[]string{"Our enterprise licence expires on {date}, please send a new key.", "We want to add {n} {seat} to the subscription.", "The console says the licence key is not valid for this cluster.", "Does the standby site need its own licence?", "The trial ended yesterday and we need {n} more days to evaluate.", "How are {seat} counted when nodes scale up and down?"},
			},
			"de": {[]string{"Lizenz läuft am {date} ab"}, []string{"unsere Lizenz läuft am {date} ab, bitte senden Sie uns einen neuen Schlüssel.", "Wir benötigen {n} weitere Plätze."}},
			"fr": {[]string{"Renouvellement de la licence"}, []string{"notre licence expire le {date}, merci d'envoyer une nouvelle clé.", "Il nous faut {n} postes de plus."}},
			"es": {[]string{"Renovación de la licencia"}, []string{"nuestra licencia caduca el {date}, necesitamos una clave nueva.", "Queremos añadir {n} puestos."}},
			"zh": {[]string{"许可证即将到期"}, []string{"我们的许可证将于 {date} 到期,请提供新的密钥。", "还需要增加 {n} 个席位。"}},
			"ja": {[]string{"ライセンスの更新について"}, []string{"ライセンスが {date} に切れます。新しいキーをお送りください。", "{n} ユーザー分の追加も希望します。"}},
		},
	},
	{
		id: "billing", paid: 5, free: 0, trend: yearEnd, products: []string{"console"}, component: "Billing", label: "billing", issueType: "Question",
		urgency: [4]float64{.01, .09, .5}, hours: [2]float64{20, 100}, rounds: 1.2,
		fix: []string{"A corrected invoice has been sent to {mail}.", "The duplicate charge has been refunded, it takes some days to show."},
		text: map[string]texts{
			"en": {
				[]string{"{invoice|bill} for {date} {wrong|missing|paid twice}", "{change|update} {billing address|payment method|purchase order number}", "charged {twice|for {n} {seat} too many}", "refund request"},
				[]string{"The invoice of {date} shows {n} {seat} too many.", "Our credit card was charged twice this month.", "Please put purchase order {big} on all invoices.", "We need the invoice with our VAT number for the {team}.", "The payment method on file has expired and the portal does not accept the new card.", "Can we switch from monthly to yearly payment?"},
			},
			"de": {[]string{"Rechnung vom {date} fehlerhaft"}, []string{"auf der Rechnung vom {date} stehen {n} Plätze zu viel.", "Bitte ergänzen Sie unsere Umsatzsteuernummer."}},
			"fr": {[]string{"Erreur sur la facture du {date}"}, []string{"la facture du {date} comporte {n} postes de trop.", "Merci d'ajouter notre numéro de TVA."}},
			"es": {[]string{"Factura del {date} incorrecta"}, []string{"en la factura del {date} sobran {n} puestos.", "Nos han cobrado dos veces."}},
			"zh": {[]string{"发票金额有误"}, []string{"{date} 的发票多算了 {n} 个席位。", "请更换付款方式。"}},
			"ja": {[]string{"請求書の金額について"}, []string{"{date} の請求書が {n} ユーザー分多くなっています。", "支払い方法を変更したいです。"}},
		},
	},
	{
		id: "tls", paid: 4, free: 4, products: []string{"engine", "connect", "console"}, component: "Network", label: "tls", issueType: "Service Request", usual: true,
		urgency: [4]float64{.08, .35, .42}, hours: [2]float64{12, 85}, rounds: 1.8, log: "x509: certificate signed by unknown authority, peer {ip}",
		fix: []string{"Add the intermediate certificate to the chain file and reload the listener.", "The keystore has to hold the private key under the alias quarry."},
		text: map[string]texts{
			"en": {
				[]string{"TLS {handshake|certificate} error between nodes", "certificate {expired|renewal|rotation} on {host}", "x509: unknown authority when connecting to {host}", "how to {use|configure} our own CA {certificates|certificate} in {product}"},
				[]string{"Since the certificate was renewed clients refuse the connection: unknown authority.", "The TLS handshake between {host} and {ip} fails.", "We use an internal CA with an intermediate certificate.", "The keystore password is rejected although it is right.", "Mutual TLS works with openssl but not with {product}.", "Is there a way to rotate certificates without a restart?"},
			},
			"de": {[]string{"TLS-Zertifikat wird nicht akzeptiert"}, []string{"seit der Erneuerung des Zertifikats schlägt der TLS-Handshake fehl.", "Wir nutzen eine eigene Zertifizierungsstelle."}},
			"fr": {[]string{"Erreur de certificat TLS sur {host}"}, []string{"le certificat renouvelé est refusé par les clients.", "Nous utilisons une autorité interne."}},
			"es": {[]string{"Error de certificado TLS en {host}"}, []string{"los clients rechazan el certificado renovado.", "Usamos una autoridad certificadora propia."}},
			"zh": {[]string{"TLS 证书错误"}, []string{"更新证书后,客户端握手失败,提示未知的颁发机构。", "我们使用内部 CA。"}},
			"ja": {[]string{"TLS 証明書エラー"}, []string{"証明書を更新してからハンドシェイクに失敗します。", "社内の認証局を使っています。"}},
		},
	},
	{
		id: "kubernetes", paid: 6, free: 9, trend: growing, products: []string{"operator"}, component: "Operator", label: "kubernetes", issueType: "Bug",
		urgency: [4]float64{.08, .32, .45}, hours: [2]float64{32, 130}, rounds: 2.4, log: "pod quarry-{n} CrashLoopBackOff: back-off {n}s restarting failed container",
		fix: []string{"The volume claim needs the storage class of the node pool; with it the pods are scheduled.", "Raise the liveness probe's initial delay in the helm values to {n} seconds."},
		text: map[string]texts{
			"en": {
				[]string{"pods in CrashLoopBackOff on {cloud}", "helm {install|upgrade} of the operator fails on {cloud}", "persistent volume claim {pending|lost} after {node drain|scale down}", "operator does not {reconcile|scale} the stateful set"},
				[]string{"The pods go into CrashLoopBackOff shortly after deployment on {cloud}.", "The helm chart {version} renders an invalid stateful set.", "After draining a node the persistent volume claim stays pending.", "The liveness probe kills the container before recovery is finished.", "The operator logs say the custom resource is invalid but kubectl accepts it.", "We run {n} replicas with anti-affinity."},
			},
			"de": {[]string{"Pods starten auf {cloud} nicht"}, []string{"die Pods bleiben auf {cloud} im CrashLoopBackOff.", "Das Helm-Chart erzeugt ein ungültiges StatefulSet."}},
			"fr": {[]string{"Les pods redémarrent en boucle sur {cloud}"}, []string{"les pods restent en CrashLoopBackOff après le déploiement helm.", "Le volume persistent reste en attente."}},
			"es": {[]string{"Los pods no arrancan en {cloud}"}, []string{"los pods quedan en CrashLoopBackOff tras desplegar con helm.", "El volumen persistence sigue pendiente."}},
			"zh": {[]string{"在 {cloud} 上 Pod 一直 CrashLoopBackOff"}, []string{"使用 helm 部署后 Pod 反复重启。", "持久卷一直处于等待状态。"}},
			"ja": {[]string{"{cloud} で Pod が CrashLoopBackOff になる"}, []string{"helm でデプロイした後、Pod が再起動を繰り返します。", "永続ボリュームが保留のままです。"}},
		},
	},
	{
		id: "connector", paid: 9, free: 10, products: []string{"connect"}, component: "Connectors", label: "connector", issueType: "Bug",
		urgency: [4]float64{.07, .3, .48}, hours: [2]float64{48, 150}, rounds: 2.7, log: "connector {feed}: offset {big} out of range, task {n} failed",
		fix: []string{"Reset the connector's offset and restart task {n}; the new release keeps it across rebalances.", "The {feed} connector needs the newer driver from {version}."},
		text: map[string]texts{
			"en": {
				[]string{"{feed} connector {fails|stops|loses connection}", "{feed} source: {duplicate rows|missing rows|wrong types}", "connector task {n} {restarts|stuck} on {env}", "sync from {feed} to {table} {lags behind|stopped}"},
				[]string{"The {feed} connector stops after {min} and must be restarted by hand.", "Rows from {feed} arrive twice after a rebalance.", "The connector maps decimals to strings in {table}.", "Offsets are out of range after the source was down for {n} hours.", "The sync lag grows to {big} seconds every {day}.", "The task fails with a timeout when the source has many partitions."},
			},
			"de": {[]string{"{feed}-Konnektor bleibt stehen"}, []string{"der {feed}-Konnektor bleibt nach {n} Minuten stehen.", "Datensätze kommen doppelt an."}},
			"fr": {[]string{"Le connecteur {feed} s'arrête"}, []string{"le connecteur {feed} s'arrête au bout de {n} minutes.", "Des lignes arrivent en double."}},
			"es": {[]string{"El conector de {feed} se detiene"}, []string{"el conector de {feed} se para a los {n} minutos.", "Llegan filas duplicadas."}},
			"zh": {[]string{"{feed} 连接器停止同步"}, []string{"{feed} 连接器运行 {n} 分钟后停止,需要手动重启。", "数据出现重复行。"}},
			"ja": {[]string{"{feed} コネクタが停止する"}, []string{"{feed} コネクタが {n} 分後に止まります。", "行が重複します。"}},
		},
	},
	{
		id: "docs", paid: 3, free: 8, products: []string{"engine", "connect", "console"}, component: "Documentation", label: "documentation", issueType: "Question",
		urgency: [4]float64{0, .03, .37}, hours: [2]float64{70, 140}, rounds: 0.7,
		fix: []string{"The {page} is corrected, thank you for spotting it.", "I have added an example to the {page}."},
		text: map[string]texts{
			"en": {
				[]string{"docs: {typo|broken link|outdated example} in the {page}", "{unclear|missing} documentation for {component} settings", "{page} {is outdated|contradicts the code} since {version}", "please add an example to the {page}"},
				[]string{"The {page} still describes version {old}.", "The link to the reference in the {page} leads to a 404.", "The documentation does not say what the default value is.", "The code example in the {page} has a typo and does not run.", "I could not find a description of the {component} settings anywhere.", "A diagram would help newcomers to understand this chapter."},
			},
			"de": {[]string{"Dokumentation: {page} veraltet"}, []string{"die Dokumentation beschreibt noch Version {old}.", "Das Beispiel enthält einen Tippfehler."}},
			"fr": {[]string{"Documentation : example obsolète"}, []string{"la documentation décrit encore la version {old}.", "L'exemple contient une faute."}},
			"es": {[]string{"Documentación: ejemplo obsoleto"}, []string{"la documentación todavía describe la versión {old}.", "El ejemplo tiene una errata."}},
			"zh": {[]string{"文档示例已过时"}, []string{"文档仍然描述 {old} 版本,示例无法运行。", "缺少默认值的说明。"}},
			"ja": {[]string{"ドキュメントの例が古い"}, []string{"ドキュメントが {old} のままです。例に誤字があります。", "既定値の説明がありません。"}},
		},
	},
	{
		id: "feature", paid: 4, free: 9, products: []string{"engine", "console", "connect"}, component: "Product", label: "enhancement", issueType: "Feature Request",
		urgency: [4]float64{0, .03, .32}, hours: [2]float64{420, 900}, rounds: 1.6,
		fix: []string{"This is on the roadmap and now part of {version}.", "We have decided not to do this for now; the discussion stays linked here."},
		text: map[string]texts{
			"en": {
				[]string{"feature request: {dark mode|scheduled exports|column masking|row level security}", "{support|please support} {window functions|materialised views|{lang} client|ARM builds}", "would be nice: {bulk edit|keyboard shortcuts|audit log export} in the console", "proposal: {pluggable|configurable} {component}"},
				[]string{"It would be great if {product} could export results on a schedule.", "Other products such as {db} offer this out of the box.", "Our use case: {n} analysts share one workspace and need row level security.", "I would be willing to contribute a pull request for this.", "Today we work around it with a {lang} script.", "Please consider this wish for the roadmap."},
			},
			"de": {[]string{"Wunsch: geplante Exporte in der Konsole"}, []string{"wir wünschen uns geplante Exporte und ein dunkles Design.", "Heute behelfen wir uns mit einem Skript."}},
			"fr": {[]string{"Demande d'évolution : exports planifiés"}, []string{"il serait utile de planifier les exports.", "Nous utilisons un script en attendant."}},
			"es": {[]string{"Sugerencia: exportaciones programadas"}, []string{"sería útil programar las exportaciones.", "Ahora usamos un script."}},
			"zh": {[]string{"功能请求:支持定时导出"}, []string{"希望支持定时导出和行级权限。", "目前我们用脚本代替。"}},
			"ja": {[]string{"要望: スケジュールされたエクスポート"}, []string{"定期的なエクスポート機能を希望します。", "現在はスクリプトで対応しています。"}},
		},
	},
	{
		id: "data_loss", paid: 3, free: 2, products: []string{"engine"}, component: "Storage", label: "data-integrity", issueType: "Incident",
		urgency: [4]float64{.5, .4, .1}, hours: [2]float64{34, 160}, rounds: 3.6, log: "segment {big} of {table} is corrupt: bad checksum at offset {big}",
		fix: []string{"The segment could be rebuilt from the replica; please upgrade to {version}, which closes the race.", "We recovered the rows from the write-ahead log and checked the counts with you."},
		text: map[string]texts{
			"en": {
				[]string{"{rows missing|data loss} in {table} after {crash|failover}", "corrupt segment in {table} on {host}", "{checksum mismatch|bad checksum} reading {table}", "committed rows disappeared on {env}"},
				[]string{"After the failover about {big} committed rows are missing from {table}.", "Reading {table} fails with a bad checksum, the segment seems corrupt.", "The power went out on {host} and the write-ahead log was not applied.", "Two replicas return different counts for the same query.", "We stopped all writes to preserve the evidence.", "This is production data, please treat it as critical."},
			},
			"de": {[]string{"Datenverlust in {table} nach Failover"}, []string{"nach dem Failover fehlen Zeilen in {table}.", "Ein Segment ist beschädigt, die Prüfsumme stimmt nicht."}},
			"fr": {[]string{"Perte de données dans {table}"}, []string{"des lignes validées ont disparu de {table} après la bascule.", "Un segment semble corrompu."}},
			"es": {[]string{"Pérdida de datos en {table}"}, []string{"faltan filas confirmadas en {table} tras el failover.", "Un segmento está dañado."}},
			"zh": {[]string{"故障切换后 {table} 数据丢失"}, []string{"切换后 {table} 丢失了 {big} 行,校验和错误。", "已停止所有写入。"}},
			"ja": {[]string{"フェイルオーバー後に {table} のデータが消えた"}, []string{"{table} の {big} 行が失われました。チェックサムが一致しません。", "書き込みは停止しています。"}},
		},
	},
	{
		id: "api", paid: 5, free: 7, products: []string{"console", "engine", "connect"}, component: "API", label: "question", issueType: "Question",
		urgency: [4]float64{.01, .12, .5}, hours: [2]float64{18, 75}, rounds: 1.4,
		fix: []string{"The token goes into the Authorization header, and {endpoint} wants a page size of at most {n}.", "The {lang} client has a helper for this since {version}; here is a short example."},
		text: map[string]texts{
			"en": {
				[]string{"how to {call|page through|use} {endpoint} from {lang}", "API returns {400|401|429|500} for {endpoint}", "{lang} client: {timeout|wrong type|example needed}", "rate limit of the REST API"},
				[]string{"Calling {endpoint} from {lang} returns an error about the request body.", "How do I page through more than {big} results of the REST API?", "The {lang} client library has no method for {endpoint}.", "Which scopes does an API token need?", "We get status 429 after {n} requests a second.", "The response of {endpoint} does not match the OpenAPI description."},
			},
			"de": {[]string{"Frage zur API {endpoint}"}, []string{"wie blättert man mit {lang} durch {endpoint}?", "Wir erhalten den Status 429."}},
			"fr": {[]string{"Question sur l'API {endpoint}"}, []string{"comment paginer les résultats de {endpoint} avec {lang} ?", "Nous recevons le statut 429."}},
			"es": {[]string{"Duda sobre la API {endpoint}"}, []string{"¿cómo se paginan los resultados de {endpoint} desde {lang}?", "Recibimos el estado 429."}},
			"zh": {[]string{"如何用 {lang} 调用 {endpoint} 接口"}, []string{"调用 {endpoint} 返回 429,请问如何分页?", "令牌需要哪些权限?"}},
			"ja": {[]string{"{lang} から API {endpoint} を使う方法"}, []string{"{endpoint} の結果をページングする方法を教えてください。", "429 が返ります。"}},
		},
	},
	{
		id: "security", paid: 2, free: 2, products: []string{"engine", "console"}, component: "Security", label: "security", issueType: "Incident",
		urgency: [4]float64{.25, .45, .25}, hours: [2]float64{60, 140}, rounds: 1.8,
		fix: []string{"The dependency is updated in {version}; the vulnerable code path was not reachable.", "Fixed and published with an advisory, thank you for the responsible report."},
		text: map[string]texts{
			"en": {
				[]string{"vulnerability scanner reports CVE in {pkg} {version}", "security: {cross-site scripting|open redirect|privilege escalation} in {product}", "is {product} affected by the {day} advisory?", "penetration test findings for {pkg}"},
				[]string{"Our vulnerability scanner reports a critical CVE in a bundled library of {pkg} {version}.", "A penetration test found an open redirect on the login page.", "A viewer can escalate privileges by calling an internal endpoint.", "Is a patched image planned, and when?", "Please tell us the severity and the affected versions.", "We would rather disclose the details in private."},
			},
			"de": {[]string{"Sicherheitslücke in {pkg} {version} gemeldet"}, []string{"unser Scanner meldet eine kritische Schwachstelle in {pkg}.", "Wann gibt es ein korrigiertes Image?"}},
			"fr": {[]string{"Faille de sécurité signalée dans {pkg}"}, []string{"notre scanner signale une vulnérabilité critique dans {pkg}.", "Quand une image corrigée sera-t-elle publiée ?"}},
			"es": {[]string{"Vulnerabilidad detectada en {pkg}"}, []string{"nuestro escáner detecta una vulnerabilidad crítica en {pkg}.", "¿Cuándo habrá una imagen corregida?"}},
			"zh": {[]string{"扫描发现 {pkg} 存在安全漏洞"}, []string{"漏洞扫描报告 {pkg} {version} 中有严重漏洞。", "什么时候发布修复?"}},
			"ja": {[]string{"{pkg} の脆弱性について"}, []string{"スキャナーが {pkg} {version} に重大な脆弱性を検出しました。", "修正版の予定を教えてください。"}},
		},
	},
	{
		id: "vector_search", paid: 16, free: 18, trend: emerging, products: []string{"engine"}, component: "Vector search", label: "vector-search", issueType: "Bug",
		urgency: [4]float64{.05, .3, .5}, hours: [2]float64{70, 200}, rounds: 2.2, log: "hnsw build failed: embedding dimension {n} does not match column",
		fix: []string{"The embedding column has to be declared with its dimension before the vector index is built.", "Recall improves with ef_search at {big}; the default is too small for your corpus."},
		text: map[string]texts{
			"en": {
				[]string{"vector index build {fails|never finishes} on {table}", "embedding search returns {irrelevant|too few} neighbours", "HNSW recall {poor|drops} after {deletes|updates}", "{similarity|semantic} search with embeddings: {dimension mismatch|wrong distance}"},
				[]string{"Building an HNSW vector index on the embedding column of {table} fails.", "Nearest neighbour search returns irrelevant rows, recall is far below {pct}.", "The embedding dimension is {big} and the index rejects it.", "Cosine distance gives other results than in the preview.", "Filtering plus similarity search ignores the vector index.", "We embed {n} million documents for semantic search."},
			},
			"de": {[]string{"Aufbau des Vektorindex schlägt fehl"}, []string{"der Vektorindex auf {table} lässt sich nicht aufbauen.", "Die Ähnlichkeitssuche liefert unpassende Treffer."}},
			"fr": {[]string{"La construction de l'index vectoriel échoue"}, []string{"l'index vectoriel sur {table} ne se construit pas.", "La recherche par similarité renvoie des voisins sans rapport."}},
			"es": {[]string{"Falla la creación del índice vectorial"}, []string{"no se puede crear el índice vectorial en {table}.", "La búsqueda por similitud devuelve vecinos irrelevantes."}},
			"zh": {[]string{"向量索引构建失败"}, []string{"在 {table} 的嵌入列上构建向量索引失败,维度不匹配。", "相似度搜索召回率很低。"}},
			"ja": {[]string{"ベクトルインデックスの構築に失敗"}, []string{"{table} の埋め込み列でベクトルインデックスを構築できません。", "類似検索の再現率が低いです。"}},
		},
	},
}
