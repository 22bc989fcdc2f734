// Names of runs: two plain words, drawn from what a run is, so that the same run has the same name again.

const FIRST =
  "amber bold brave bright brisk calm candid clear cosy crisp daring eager early fair fleet fond gentle glad golden happy hazel honest humble ivory jolly keen kind lilac lively lucky mellow merry mild misty neat nimble noble olive patient plucky polite proud quick quiet ready rosy sandy silver smart snowy steady sunny swift tidy warm witty".split(
    " ",
  );
const SECOND =
  "alder badger beaver birch bison cedar clover condor coral crane cricket curlew daisy dolphin falcon fern finch gecko heron ibis iris ivy jasmine kestrel kiwi lark lemur linden lizard lotus lynx magpie maple marten mole newt oak orchid osprey otter owl panda pansy plover poppy puffin quail raven robin seal sparrow stork swan tulip viola walrus willow wren".split(
    " ",
  );

/** The name of what `text` describes, or one of those that follow if that is taken. */
export function nameOf(text: string, taken: ReadonlySet<string>): string {
  const many = FIRST.length * SECOND.length;
  const first = hash(text) % many;
  for (let more = 0; more < many; more++) {
    const at = (first + more * STRIDE) % many;
    const name = `${FIRST[at % FIRST.length]} ${SECOND[Math.floor(at / FIRST.length)]}`;
    if (!taken.has(name)) return name;
  }
  return free("run", taken);
}

/** `name`, or that with a number if it is taken. */
export function free(name: string, taken: ReadonlySet<string>): string {
  let number = 2;
  let one = name;
  while (taken.has(one)) one = `${name} ${number++}`;
  return one;
}

/** How far the next name is. Prime, so all names come; neither word of two that follow is the same. */
const STRIDE = 1_237;

/** FNV-1a of the text's units, 32 bits. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return sum;
}
