"""What is known of the languages: those of a script of their own, the most frequent words, and the
letters that few languages have. Codes are those of ISO 639-1.
"""

# Scripts that stand for one language here, as ranges of code points.
SCRIPTS = (
    (0x0370, 0x03FF, "el"),
    (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0900, 0x097F, "hi"),
    (0x0980, 0x09FF, "bn"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x0C7F, "te"),
    (0x0E00, 0x0E7F, "th"),
    (0x10A0, 0x10FF, "ka"),
    (0x1100, 0x11FF, "ko"),
    (0x3040, 0x30FF, "ja"),
    (0x3400, 0x9FFF, "zh"),
    (0xAC00, 0xD7A3, "ko"),
)

# Letters that tell something; of a shared script, only those that not all of its languages have.
LETTERS = {
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويةى",
    "fa": "ابتثجحخدذرزسشصضطظعغفقلمنهوپچژگکی",
    "bg": "ъщюяйь",
    "cs": "ěřůžšč",
    "da": "æøå",
    "de": "äöüß",
    "es": "ñ¿¡áéíóú",
    "fi": "äö",
    "fr": "çœêëèàùîïâ",
    "hu": "őűáéíóú",
    "no": "æøå",
    "pl": "ąęłńśźżć",
    "pt": "ãõçáéíóúâê",
    "ro": "ăâîșşțţ",
    "ru": "ыэёъщюяй",
    "sr": "ђћјљњџ",
    "sv": "äöå",
    "tr": "ğışçöü",
    "uk": "їєґіщюяй",
    "vi": "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}

# The most frequent words, in lower case.
FREQUENT = {
    "cs": "a je se v na to že s z do i o k si ale jak co by jako za tak mám jsem jsi není ten tady už jen když po pro proč kde "
    "dobře děkuji ahoj můžeme prosím mi mě ti já ty my jsou bude byl",
    "da": "og i at det er en til på som på de med han af for ikke der var mig sig men et har om vi min havde ham hun nu over da "
    "fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind når være dog noget hvordan jeg hej tak",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie "
    "nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man ich du wir "
    "ihr mir mich dich was wo wann warum kann kein keine schon hallo danke bitte ja nein gibt morgen heute wenn doch mal",
    "en": "the of and to in is you that it he was for on are as with his they i at be this have from or one had by but not what all "
    "were we when your can said there an each which she do how their if will up other about out many then them these so some her "
    "would make like him into time has look two more go see no way could my than been who its now did get come just i'm don't it's "
    "me where here why hello thanks please does anyone know think want need should",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya "
    "entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué sólo han yo hay vez puede todos "
    "así nos ni parte tiene él uno donde bien hola gracias dónde cómo eso tú estoy quiero hoy mañana usted",
    "fi": "ja on ei se että oli hän mutta ovat kun niin myös joka kuin sen en minä sinä hei kiitos mitä missä miksi tämä nyt vain jos "
    "mukaan ole olla voi pitää minun sinun me te he tai kanssa jo vielä hyvä huomenna tänään onko mikä",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont la avec ou son sa mais on "
    "comme nous été cette aux ses je tu vous elle ils c'est j'ai n'est d'un qu'il être fait tout bien même si leur y très où quand "
    "bonjour merci pourquoi comment demain aujourd'hui mon ma mes moi toi ça faire peut",
    "hu": "a az és hogy nem is egy ez van meg de csak már még volt el én te mi ők ha mint azt vagy kell ki be fel le igen szia köszönöm "
    "hol mikor miért mit jó nagyon lesz most holnap ma itt ott nincs vagyok",
    "id": "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena tersebut bisa ada mereka lebih kata tahun "
    "sudah atau saat oleh menjadi orang ia telah adalah seperti sebagai bahwa dapat para harus namun kita kami anda apa belum hari "
    "terima kasih tolong bagaimana kamu aku besok",
    "it": "di e il la che in a per un è del non sono una le si con i da al come della ha lo più gli dei anche mi ma se nel alla ho "
    "questo o su ci delle quando molto dopo io tu noi voi loro cosa dove perché chi bene ciao grazie sto fare tutto questa essere era "
    "stato quello oggi domani abbiamo hai siamo",
    "nl": "de en van ik te dat die in een hij het niet zijn is was op aan met als voor had er maar om hem dan zou of wat mijn men dit zo "
    "door over ze zich bij ook tot je mij uit der daar haar naar heb hoe heeft hebben deze u want nog zal me zij nu ge geen omdat iets "
    "worden toch al waren veel meer doen toen moet ben zonder kan hun dus alles onder ja werd wezen zelf tegen hallo dank waar morgen",
    "no": "og i jeg det at en et den til er som på de med han av ikke der så var meg seg men ett har om vi min mitt ha hadde hun nå over "
    "da ved fra du ut sin dem oss opp man kan hans hvor eller hva skal selv her alle vil bli ble kunne inn når være kom noen noe hei takk "
    "hvordan hvorfor mye også etter",
    "pl": "w i na z do się nie to że jest o a jak po co od za przez tak ale dla ma czy już był go ten jego tylko być może są przed jej "
    "ja ty my oni mi mnie cię gdzie kiedy dlaczego dobrze dziękuję cześć proszę mam jestem będzie jutro dzisiaj bardzo tego tym",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser quando "
    "muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos ter seus quem nas me esse eles estão você "
    "tinha foram essa num nem suas meu às minha têm onde porque bem olá obrigado obrigada hoje amanhã",
    "ro": "și în de la a cu pe nu o să că este un din mai care ce sunt pentru se au fost dar ca am ai eu tu el ea noi voi ei lui dacă "
    "când unde bine mulțumesc salut foarte sau fi era după doar fără te îmi ne azi mâine",
    "sv": "och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan när år under nu även du "
    "eller vad ut ska hur vara blir min mig dig här där mycket också hej tack varför alla bara något efter skulle finns man hon imorgon",
    "tr": "bir ve bu da de için ile çok ne o gibi daha ben sen biz siz var yok ama en mi mı kadar sonra değil olarak her olan ki şey "
    "nasıl neden nerede evet hayır merhaba teşekkürler lütfen bana sana şimdi iyi benim senin oldu olduğu yarın bugün",
    "vi": "là và của có không được cho một người trong này với đã các tôi bạn anh em chị ông những để khi ra như đến về ở làm vào gì "
    "rồi nhưng cũng thì sẽ đi phải nếu lại xin chào cảm ơn tại sao",
    "bg": "и на да се в не за че от с е по това са но как аз той тя ние вие те ли съм си ще до като има беше какво защо къде здравей "
    "благодаря много само още",
    "ru": "и в не на я что тот быть с он а это как по но они мы она к у из за то так его же вы от все бы о меня мне для уже только "
    "когда если ты есть нет или еще где почему привет спасибо пожалуйста очень было был может будет сегодня завтра чтобы этот тебя",
    "sr": "и у је да се на за не што са од су као то али ја ти он она ми ви они ово сам си би како где зашто хвала здраво само још "
    "није има када",
    "uk": "і в не на я що у з він а це як по але вони ми вона до та за так його ж ви від усі б про мене мені для вже тільки коли якщо "
    "ти є немає або ще де чому привіт дякую будь ласка дуже було був може буде сьогодні завтра щоб цей тебе",
    "ar": "في من على أن إلى هذا ما لا التي عن مع هو كان هل أنا أنت نحن كيف لماذا أين شكرا مرحبا",
    "fa": "در به از که این را با است برای آن یک خود تا بر هم من تو ما شما چرا کجا سلام ممنون می نمی",
}
