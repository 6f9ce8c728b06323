/** A constructed scan of an invented site: messages as a child would write them, one breach of each sort. */
import { register as siteRegister } from '../sdk/register.fixture.ts'
