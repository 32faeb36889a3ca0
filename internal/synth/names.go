package synth

import (
	"slices"
	"strings"
)

// origin is a pool of names that go together. Names within a pool are common ones and combined freely: no
// combination stands for a person.
type origin struct {
	female, male, last []string
}

func pool(female, male, last string) origin {
	return origin{strings.Split(female, "|"), strings.Split(male, "|"), strings.Split(last, "|")}
}

var (
	english = pool(
		"Abigail|Alice|Amelia|Ava|Brooke|Charlotte|Clara|Daisy|Eleanor|Emily|Emma|Faith|Grace|Hannah|Harper|Hazel|Isabel|Ivy|Jane|Josie|Kate|Laura|Lily|Lucy|Mabel|Madison|Megan|Molly|Nora|Olivia|Paige|Phoebe|Rose|Ruby|Sadie|Sarah|Sophie|Stella|Violet|Zoe",
		"Aaron|Adam|Andrew|Ben|Caleb|Charlie|Cole|Daniel|David|Dylan|Edward|Eli|Ethan|Evan|Finn|George|Graham|Henry|Isaac|Jack|Jacob|James|Joel|John|Jonah|Leo|Liam|Lucas|Mark|Mason|Max|Nathan|Noah|Oliver|Owen|Peter|Ryan|Sam|Thomas|Will",
		"Abbott|Barker|Bennett|Brooks|Carter|Chapman|Clarke|Cole|Cooper|Dawson|Doyle|Ellis|Fisher|Foster|Gardner|Graves|Hale|Harmon|Hayes|Hobbs|Hughes|Hunter|Keller|Lambert|Lawson|Marsh|Mason|Miller|Moss|Nash|O'Brien|O'Connell|Palmer|Parker|Perry|Porter|Quinn|Reed|Rowe|Sharp|Shaw|Stone|Sutton|Turner|Wade|Walsh|Webb|Weaver|West|Wood")
	nordic = pool(
		"Anja|Anna-Lise|Annika|Astrid|Birgit|Dagny|Ebba|Elin|Freja|Greta|Hedda|Inga|Ingrid|Karin|Kirsten|Liv|Maren|Märta|Sigrid|Signe|Siri|Solveig|Tuuli|Thora|Åsa",
		"Anders|Arne|Bjørn|Einar|Elias|Erik|Gunnar|Gösta|Halvor|Håkon|Ivar|Jens|Jørgen|Knut|Lars|Leif|Magnus|Mikko|Nils|Olav|Per|Rasmus|Sven|Søren|Torvald",
		"Aaltonen|Bakken|Berg|Bergström|Dahl|Eide|Engström|Fjeld|Halvorsen|Haugen|Hämäläinen|Iversen|Jørgensen|Kvam|Lindqvist|Lund|Mäkinen|Moe|Myhre|Nygård|Næss|Olsen|Rønning|Sandvik|Solberg|Strand|Sørensen|Thorsen|Vik|Åberg|Ødegård")
	central = pool(
		"Agnieszka|Anneliese|Božena|Elke|Ewa|Hana|Heidi|Irena|Jadwiga|Johanna|Katarzyna|Lena|Ludmila|Małgorzata|Marta|Petra|Renata|Ruth|Ursula|Zofia|Željka",
		"Andrzej|Dieter|Emil|Franz|Goran|Hans|Jiří|Józef|Karl|Łukasz|Marek|Mateusz|Milan|Otto|Pavel|Stefan|Tomáš|Uwe|Wiktor|Wolfgang|Zbigniew",
		"Bauer|Brandt|Dvořák|Fuchs|Górski|Grünwald|Hoffmann|Horváth|Huber|Jelínek|Kaczmarek|Koch|Kovač|Krüger|Król|Lange|Müller|Nagy|Novotný|Pawlak|Procházka|Richter|Schäfer|Schulz|Šimić|Szymański|Vogel|Weiß|Wiśniewski|Zając")
	spanish = pool(
		"Adriana|Alejandra|Ana Sofía|Beatriz|Camila|Catalina|Daniela|Elena|Esperanza|Gabriela|Guadalupe|Inés|Itzel|Jimena|Julieta|Lucía|Luz|Mariana|María José|Marisol|Natalia|Paloma|Paola|Regina|Rocío|Sofía|Valentina|Ximena|Yolanda|Zoé",
		"Adrián|Alejandro|Andrés|Ángel|Carlos|César|Diego|Emiliano|Esteban|Fernando|Gael|Héctor|Hugo|Iker|Iván|Javier|Joaquín|José|José Luis|Juan Pablo|Julián|Leonardo|Luis|Mateo|Miguel|Rafael|Raúl|Ricardo|Santiago|Tomás",
		"Acosta|Aguilar|Álvarez|Cabrera|Cárdenas|Castañeda|Chávez|Cortés|de la Cruz|del Río|Delgado|Domínguez|Espinoza|Estrada|Fuentes|García|Gómez|Guerrero|Gutiérrez|Hernández|Ibarra|Jiménez|León|López|Maldonado|Márquez|Medina|Muñoz|Núñez|Ochoa|Orozco|Peña|Ramírez|Reyes|Ríos|Rosales|Salazar|Sandoval|Treviño|Vargas|Velázquez|Villaseñor|Ybarra|Zúñiga")
	africanAmerican = pool(
		"Aaliyah|Amari|Aniya|Ashanti|Brianna|Camille|Ciara|Deja|Destiny|Ebony|Gabrielle|Imani|Jada|Jasmine|Kayla|Kiara|Laila|Maya|Nia|Raven|Sydney|Tiana|Trinity|Zaria",
		"Amir|Andre|Cameron|Darius|DeAndre|Deshawn|Elijah|Isaiah|Jalen|Jamal|Jordan|Josiah|Kareem|Khalil|Malik|Marcus|Micah|Quincy|Terrence|Tre'von|Tyrell|Xavier|Zaire|Zion",
		"Baptiste|Bell|Booker|Boyd|Bryant|Coleman|Dixon|Dorsey|Fields|Freeman|Gaines|Gibbs|Grant|Greene|Hairston|Holloway|Jefferson|Jenkins|Mack|Mayfield|McCoy|Moseley|Pettway|Rivers|Simmons|Sykes|Tate|Toussaint|Upshaw|Vaughn|Whitfield|Woodson")
	african = pool(
		"Abeba|Adaeze|Amina|Ayaan|Chiamaka|Efua|Fatou|Folasade|Habiba|Hodan|Ifrah|Khadija|Makena|Nasra|Ngozi|Nkechi|Oluwaseun|Rahma|Sagal|Selam|Temitope|Wangari|Yewande|Zawadi",
		"Abdi|Abdullahi|Ayodele|Bekele|Chidi|Dawit|Emeka|Farah|Guled|Hassan|Ibrahima|Kwame|Liban|Mahad|Mensah|Mohamed|Obinna|Olumide|Samatar|Sekou|Tesfaye|Tunde|Yonas|Zakariya",
		"Abdirahman|Abebe|Achebe|Adeyemi|Aden|Afolabi|Asante|Boateng|Chukwu|Dembélé|Diallo|Eze|Gebremariam|Haile|Ismail|Jama|Kamau|Keïta|Mensah|Mohamud|N'Diaye|Nwosu|Ochieng|Okafor|Okonkwo|Osei|Otieno|Sesay|Tadesse|Traoré|Warsame|Yusuf")
	vietnamese = pool(
		"Bích Ngọc|Cẩm Tú|Diễm|Hoài An|Hương|Khánh Linh|Kim Chi|Lan Anh|Mai|Minh Châu|Ngân|Nhung|Phương|Quỳnh|Thảo|Thu Hà|Thúy|Trinh|Tuyết|Uyên|Vân|Xuân|Yến",
		"Anh Tuấn|Bảo|Công|Đạt|Đức|Dũng|Gia Huy|Hải|Hiếu|Hoàng|Huy|Khoa|Long|Minh|Nam|Phúc|Quang|Quốc|Sơn|Tài|Thắng|Trí|Việt",
		"Bùi|Cao|Đặng|Đinh|Đỗ|Dương|Hà|Hồ|Hoàng|Huỳnh|Lâm|Lê|Lý|Mai|Ngô|Nguyễn|Phạm|Phan|Phùng|Tạ|Trần|Trịnh|Trương|Võ|Vũ")
	hmong = pool(
		"Bao|Chee|Gao Nou|Kao|Mai Lia|Maiv|Nkauj|Pa Houa|Pang|See|Xue|Yer|Zoua",
		"Cheng|Chue|Fue|Kong|Long|Meng|Nhia|Pao|Tou|Toua|Xeng|Yeng|Zong",
		"Cha|Chang|Fang|Her|Khang|Kue|Lee|Lor|Moua|Pha|Thao|Vang|Vue|Xiong|Yang")
	eastAsian = pool(
		"Aiko|Haruka|Hye-jin|Jia Yi|Ji-woo|Lin|Mei|Min-seo|Ming|Seo-yeon|Soo-ah|Wei|Xin Yi|Yuki|Yu-na|Zihan",
		"Daichi|Do-yun|Feng|Haoran|Hiroshi|Jae-hyun|Jian|Jun|Kenji|Min-jun|Ryo|Seung|Tae-yang|Wei|Yichen|Zhi Hao",
		"An|Bai|Chen|Cho|E|Gao|Han|Hwang|Inoue|Jeong|Jung|Kang|Li|Liu|Ma|Mori|O|Ouyang|Park|Sakamoto|Seo|Shin|Tanabe|U|Wang|Xu|Yamada|Yoon|Zhang|Zhou")
	southAsian = pool(
		"Aaradhya|Ananya|Bhavna|Deepika|Diya|Fatima|Gurpreet|Ishita|Kavya|Lakshmi|Meera|Nandini|Noor|Pooja|Priya|Riya|Sana|Shreya|Simran|Tara",
		"Aarav|Aditya|Arjun|Bilal|Dev|Farhan|Harpreet|Imran|Karthik|Kiran|Manish|Nikhil|Omar|Pranav|Rahul|Rohan|Sanjay|Tariq|Vikram|Vivaan",
		"Acharya|Ahmed|Banerjee|Bhatt|Chaudhry|Das|Deshpande|Dhillon|Gill|Gupta|Iyer|Jain|Joshi|Kaur|Khan|Krishnamurthy|Kulkarni|Malik|Mehta|Mukherjee|Nair|Patel|Pillai|Qureshi|Rao|Reddy|Sharma|Singh|Subramaniam|Venkataraman")
	filipino = pool(
		"Althea|Angelica|Bea|Carmela|Divina|Jasmin|Joy|Liezel|Ligaya|Marikit|Princess|Rosalie|Tala",
		"Agapito|Angelo|Bayani|Crisanto|Dante|Jericho|John Paul|Kidlat|Lito|Marlon|Rodel|Rommel",
		"Abad|Agustin|Bautista|Buenaventura|Cayabyab|Dalisay|Dimaculangan|Evangelista|Lacson|Macaraeg|Magsino|Ocampo|Pangilinan|Santos|Tolentino|Villanueva")
	native = pool(
		"Aiyana|Autumn|Cheyenne|Dawn|Ella|Haseya|Jolene|Josephine|Kaya|Lena|Mary|Migisi|Nizhoni|Rosalie|Shawna|Summer|Talulah|Wren",
		"Alvin|Chayton|Dakota|Delbert|Elan|Gordon|Jace|Joseph|Kele|Leland|Mato|Nodin|Raymond|River|Shiloh|Tate|Vernon|Wade",
		"Azure|Beaulieu|Begaye|Bellanger|Benallie|Cadotte|Denetso|DuBray|Fairbanks|Goodbear|Greycloud|High Elk|Jourdain|LaDuke|LaFromboise|Littlewind|Northbird|Red Willow|Roanhorse|Skenandore|St. Germaine|Tallwood|Two Rivers|Whitewater|Yellowhair")
	pacific = pool(
		"Alofa|Ana|Fetu|Hina|Kalea|Lani|Leilani|Losa|Malia|Mele|Moana|Nalani|Noelani|Sina|Talia",
		"Aleki|Ioane|Kai|Kalani|Keoni|Koa|Manu|Mika|Nalu|Sione|Tavita|Tevita|Tui|Viliami",
		"Fa'asavalu|Faleolo|Hale|Hopoate|Ka'aihue|Kahale|Kealoha|Latu|Leota|Lolohea|Mahoe|Palakiko|Sio|Tau'olo|Taufa|Tuiasosopo|Uluave|Vainuku")
	middleEastern = pool(
		"Amal|Dalia|Hala|Layla|Leila|Lina|Maha|Mariam|Nadia|Nasrin|Rania|Salma|Shirin|Talia|Yasmin|Zahra",
		"Adel|Amir|Bassam|Daoud|Elias|Faisal|Hadi|Jamil|Karim|Nabil|Omid|Rami|Samir|Tarek|Yousef|Ziad",
		"Abboud|al-Amin|al-Hadidi|Barakat|Daher|El-Masri|Farahani|Ghanem|Haddad|Hosseini|Issa|Kassab|Khoury|Mansour|Najjar|Qasim|Rahimi|Saleh|Shaheen|Tehrani|Zogby")
	arabicScript = pool("سلمى|ليلى|مريم|نور|هناء", "أحمد|خالد|سامي|كريم|يوسف", "الحداد|الخطيب|النجار|حمدان|منصور")
	hebrewScript = pool("מאיה|נועה|רות|שירה|תמר", "איתן|אורי|דניאל|יונתן|נועם", "אלמוג|בן־דוד|לוי|פרידמן|שפירא")
)

// weighted is a pool with its weight among the pools of a group.
type weighted struct {
	weight int
	origin *origin
}

// originsOf lists the pools of each derived ethnicity, by its number in edu. Weights of a list add to 100.
var originsOf = [8][]weighted{
	{{40, &english}, {20, &spanish}, {15, &nordic}, {15, &africanAmerican}, {10, &middleEastern}}, // not stated
	{{55, &africanAmerican}, {20, &english}, {25, &african}},                                      // Black
	{{28, &vietnamese}, {16, &hmong}, {22, &eastAsian}, {22, &southAsian}, {12, &filipino}},       // Asian
	{{100, &spanish}},               // Hispanic
	{{70, &native}, {30, &english}}, // American Indian
	{{100, &pacific}},               // Pacific Islander
	{{52, &english}, {22, &nordic}, {19, &central}, {6, &middleEastern}, {1, &hebrewScript}},                      // White
	{{35, &english}, {20, &africanAmerican}, {15, &spanish}, {15, &eastAsian}, {10, &native}, {5, &arabicScript}}, // two or more
}

// teachers are surnames for the names of classes.
var teachers = strings.Split("Abara|Bergström|Castellanos|Dhillon|Eide|Farrow|Goodbear|Holloway|Iyer|Jelínek|Kealoha|Lindqvist|Marsh|Nguyễn|Okafor|Pangilinan|Quarles|Rowe|Sandoval|Thao|Underhill|Vang|Whitfield|Xiong|Ybarra|Zając", "|")

// personName is a name as the format splits it. Every part may be empty but Last.
type personName struct{ First, Middle, Last string }

// cornerNames belong to the first students of the class of the demo's teacher.
var cornerNames = []personName{
	{"Olivia", "", "Lindqvist"},
	{"Olivia", "", "Lindqvist"}, // the same name in the same class
	{"Maximiliana-Theodora Alexandrovna M", "Bartholomea Guinevere Seraphina Ros", "von Hohenfels-Öttingen zu Waldstett"}, // 35 characters each
	{"Bích Ngọc", "Thị", "Nguyễn"},
	{"José María", "de los Ángeles", "Hernández de la Torre y Villaseñor"},
	{"Siobhán", "Áine", "O'Donoghue-Ní Bhriain"},
	{"Min-jun", "", "O"},
	{"مريم", "", "الحداد"},
	{"נועם", "", "בן־דוד"},
	{"Zoë", "Björk", "Þórsdóttir"}, // sits mathematics only
	{"Leilani", "K", "Ka'aihue"},
	{"", "", "Wulandari"}, // one name only
}

// canaryNames are surnames that nothing else in the world looks like. One student in canaryEvery bears one, so that a search of logs and files for
// them (Canaries) finds out whether something of a student got there.
var canaryNames = strings.Split("Ombrelwhisk|Thessaquarn|Quennivarrow|Zhuvendale|Yxtermarrow|Bruxenfold|Vellachrome|Kwisselthorn", "|")

const canaryEvery = 40

// Canaries returns the surnames by which a search for students in logs and files recognizes them.
func Canaries() []string { return slices.Clone(canaryNames) }

// oneSubjectCorner is the position in cornerNames of the student who sits mathematics only.
const oneSubjectCorner = 9

// Places. Made-up roots and endings: Larchmoor, Ternwick, Yarrowmere.
var (
	placeRoots   = strings.Split("Alder|Bracken|Cinder|Dun|Elder|Fern|Gull|Heron|Iron|Juniper|Kestrel|Larch|Marl|Nettle|Osprey|Plover|Quill|Rook|Sorrel|Tern|Umber|Vetch|Wren|Yarrow|Thistle|Skag|Loon|Bittern|Corm|Drake", "|")
	placeEndings = strings.Split("moor|wick|mere|holt|stead|haven|water|shaw|fell|combe|march|reach", "|")
	districtEnds = strings.Split("School District|Public Schools|Lake School District|County Schools|Area Schools|Falls School District|Community Schools|River Unified School District", "|")

	schoolFirst  = strings.Split("Amber|Basswood|Beaver|Birchbark|Bluestem|Cattail|Copper|Cranberry|Dogwood|Eagle|Fireweed|Foxglove|Granite|Harvest|Hickory|Ironwood|Jack Pine|Lakeside|Little Otter|Meadowlark|Morning|Northern|Pine Marten|Prairie|Red Osier|Silver|Sugarbush|Sumac|Tamarack|Timber|Trillium|Whitetail|Wild Rice|Willow|Wintergreen", "|")
	schoolSecond = strings.Split("Bend|Bluff|Creek|Crossing|Grove|Harbor|Hill|Hollow|Knoll|Landing|Meadow|Narrows|Point|Portage|Ridge|Shore|Spring|Trail|View", "|")
)

// Names at the limit of the format, 60 characters.
const (
	longDistrictName = "Greater Saint Tarquin-on-the-Marsh Consolidated School Union"
	longSchoolName   = "Upper Thistlewater Academy of Languages, Sciences & the Arts"
	quotedSchoolName = `Edda "Nan" Sorrel Elementary School`
)
